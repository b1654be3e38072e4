-- What the fan-out has to do next, oldest first.
-- KEYS[1] meta. ARGV: prefix, most events, most bytes of bodies, number behind which they stand (0 for the first).
-- Answer: {registry version, waiting in the inbox, row, row, ...}. Reads only.
local answer = { redis.call('HGET', META, 'version') or '0', redis.call('ZCARD', P .. 'inbox') }
local bytes = 0
local found
if ARGV[4] == '0' then
  found = redis.call('ZRANGE', P .. 'inbox', 0, tonumber(ARGV[2]) - 1)
else
  found = redis.call('ZRANGEBYSCORE', P .. 'inbox', '(' .. ARGV[4], '+inf', 'LIMIT', '0', ARGV[2])
end
for _, id in ipairs(found) do
  local e = row(id, true)
  -- An inbox entry whose event is gone can't happen by these scripts; it is handed out without a body so that it is taken away.
  if not e then e = { id, '0', '', '', '', '0', '' } end
  answer[#answer + 1] = e
  bytes = bytes + #e[7]
  if bytes >= tonumber(ARGV[3]) then break end
end
return answer

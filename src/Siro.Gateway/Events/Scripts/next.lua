-- What the fan-out has to do next, oldest first.
-- KEYS[1] meta. ARGV: prefix, most events, most bytes of bodies.
-- Answer: {registry version, waiting in the inbox, row, row, ...}. Reads only.
local answer = { redis.call('HGET', META, 'version') or '0', redis.call('ZCARD', P .. 'inbox') }
local bytes = 0
for _, id in ipairs(redis.call('ZRANGE', P .. 'inbox', 0, tonumber(ARGV[2]) - 1)) do
  local e = row(id, true)
  -- An inbox entry whose event is gone can't happen by these scripts; it is handed out without a body so that it is taken away.
  if not e then e = { id, '0', '', '', '', '0', '' } end
  answer[#answer + 1] = e
  bytes = bytes + #e[7]
  if bytes >= tonumber(ARGV[3]) then break end
end
return answer

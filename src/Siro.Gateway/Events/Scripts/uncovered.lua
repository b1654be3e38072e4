-- The next events, oldest first, that no block of the log covers, and puts them into the index of their recordings, which events of
-- versions without it
-- are not in. When none is left, that index is complete.
-- KEYS[1] meta. ARGV: prefix, the last number that the caller has ('' for what blocks cover), most events, most bytes of bodies.
-- Answer: {number up to which blocks cover the log, 1 if there may be more, row, row, ...}. Safe to repeat.
local covered = redis.call('HGET', META, 'covered') or '0'
local last = ARGV[2] ~= '' and ARGV[2] or covered
local found = redis.call('ZRANGEBYSCORE', P .. 'log', '(' .. last, '+inf', 'LIMIT', 0, ARGV[3])
local answer = { covered, #found == tonumber(ARGV[3]) and 1 or 0 }
local bytes = 0
for i, id in ipairs(found) do
  local e = row(id, true)
  if e then
    if e[4] ~= '' then redis.call('ZADD', P .. 'of:' .. e[4], e[2], id) end
    answer[#answer + 1] = e
    bytes = bytes + #e[7]
    if bytes >= tonumber(ARGV[4]) and i < #found then
      answer[2] = 1
      break
    end
  end
end
if answer[2] == 0 then redis.call('HSET', META, 'indexed', '1') end
return answer

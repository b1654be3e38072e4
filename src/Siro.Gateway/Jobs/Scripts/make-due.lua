-- Makes jobs due that wait for their moment. Their fields and attempts stay, and their places: one behind another in its lane is due once it is first.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, operation, expected state ('' for any), 1 for behind everything that is due by itself (0: at once), ids
-- Answer   for each: 0 made due | 1 not found | 2 conflict (another state, at work, ended, or due already)
-- Repeat   each job notes the operation and its own id: the second time answers 0 and changes nothing. A job enters the index in which it
--          is due before it leaves the other: a claim takes it once, whichever it is in
local operation, expected, behind = ARGV[2], ARGV[3], ARGV[4] == '1'
local moment, answer = text(now), {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local key, own = hash(id), operation .. ':' .. id
  local old = redis.call('HMGET', key, 'phase', 'state', 'due', 'rev', 'op')
  if not old[1] then
    answer[#answer + 1] = 1
  elseif old[5] == own then
    answer[#answer + 1] = 0
  elseif old[1] ~= 'q' or (expected ~= '' and old[2] ~= expected) or (tonumber(old[3]) or 0) <= now then
    answer[#answer + 1] = 2
  else
    answer[#answer + 1] = 0
    local waits = redis.call('ZSCORE', due, id)
    if waits and behind then
      redis.call('ZADD', low, moment, id)
    elseif waits then
      redis.call('ZADD', due, moment, id)
    end
    redis.call('HSET', key, 'due', moment, 'op', own, 'updated', moment, 'rev', text((tonumber(old[4]) or 1) + 1))
    if waits and behind then
      redis.call('ZREM', due, id)
    end
  end
end
return answer

-- Renews the leases of several claimed jobs, as heartbeat.lua does for one.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, owner, lease ms, then id and fence of each
-- Answer   for each 1, or 0 when its lease ended or is another's; what ended is never brought back
-- Repeat   renews again, for its own holder only
local ends = text(now + tonumber(ARGV[3]))
local answer, held = {}, {}
for i = 4, #ARGV, 2 do
  local key = hash(ARGV[i])
  local job = redis.call('HMGET', key, 'phase', 'owner', 'fence', 'due')
  if job[1] == 'r' and job[2] == ARGV[2] and job[3] == ARGV[i + 1] and tonumber(job[4]) > now then
    redis.call('HSET', key, 'due', ends)
    held[#held + 1] = ends
    held[#held + 1] = ARGV[i]
    answer[#answer + 1] = 1
  else
    answer[#answer + 1] = 0
  end
end
if #held > 0 then
  redis.call('ZADD', due, unpack(held))
  redis.call('ZADD', run, unpack(held))
end
return answer

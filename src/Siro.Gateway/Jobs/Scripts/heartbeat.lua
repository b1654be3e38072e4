-- Renews the lease of a claimed job.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, owner, fence, lease ms
-- Answer   1, or 0 when the lease ended or is another's; what ended is never brought back
-- Repeat   renews again, for its own holder only
local key = KEYS[6]
local held = redis.call('HMGET', key, 'phase', 'owner', 'fence', 'due')
if held[1] ~= 'r' or held[2] ~= ARGV[3] or held[3] ~= ARGV[4] or tonumber(held[4]) <= now then
  return 0
end
local ends = text(now + tonumber(ARGV[5]))
redis.call('HSET', key, 'due', ends)
redis.call('ZADD', due, ends, ARGV[2])
redis.call('ZADD', run, ends, ARGV[2])
return 1

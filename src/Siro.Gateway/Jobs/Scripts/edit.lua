-- Changes fields of a job that nobody is working on.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, operation, expected revision, fields to set and to remove
-- Answer   0 changed | 1 not found | 2 conflict, the job's hash
-- Repeat   the same operation answers 0 and changes nothing
local key = KEYS[6]
local old = redis.call('HMGET', key, 'phase', 'rev', 'op')
if not old[1] then
  return { 1, {} }
end
if old[3] == ARGV[3] then
  return { 0, redis.call('HGETALL', key) }
end
if old[1] == 'r' or (old[2] or '1') ~= ARGV[4] then
  return { 2, redis.call('HGETALL', key) }
end
change(key, 5)
redis.call('HSET', key, 'rev', text((tonumber(old[2]) or 1) + 1))
redis.call('HSET', key, 'op', ARGV[3], 'updated', text(now))
return { 0, redis.call('HGETALL', key) }

-- Makes a parked or finished job due again, outside its lane, its attempts counted anew.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, operation, expected state, new state, delay ms, fields to set and to remove
-- Answer   0 changed | 1 not found | 2 conflict, the job's hash
-- Repeat   the same operation answers 0 and changes nothing
local id, key = ARGV[2], KEYS[6]
local old = redis.call('HMGET', key, 'phase', 'state', 'pos', 'op', 'rev')
if not old[1] then
  return { 1, {} }
end
if old[4] == ARGV[3] then
  return { 0, redis.call('HGETALL', key) }
end
if (old[1] ~= 'f' and old[1] ~= 'p') or old[2] ~= ARGV[4] then
  return { 2, redis.call('HGETALL', key) }
end
local moment = text(now + tonumber(ARGV[6]))
change(key, 7)
restate(id, old[2], ARGV[5], old[3])
redis.call('HSET', key, 'rev', text((tonumber(old[5]) or 1) + 1))
redis.call('HSET', key, 'phase', 'q', 'due', moment, 'attempt', '0', 'op', ARGV[3], 'updated', text(now))
redis.call('ZREM', fin, id)
redis.call('ZADD', due, moment, id)
return { 0, redis.call('HGETALL', key) }

-- Notes that partitions are about to have something due.
-- KEYS[1]  meta: hash, the last generation given out
-- KEYS[2]  due: sorted set, partition by when it is due (ms)
-- KEYS[3]  gen: hash, partition to the generation of its last touch
-- KEYS[4]  touched: hash, partition to the moment of its last touch (ms)
-- KEYS[5]  known: sorted set, partition by when it was last swept (ms)
-- ARGV     delay ms, partitions
-- Answer   the generation of the last
-- Repeat   one more generation: a worker looks once more, for nothing
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
-- Generations follow the clock, so that none comes back even after the store has lost them.
local last = tonumber(redis.call('HGET', KEYS[1], 'gen') or '0') or 0
local generation = now * 2048
if generation <= last then
  generation = last + 1
end
local moment = now + tonumber(ARGV[1])
local touched = {}
generation = generation - 1
for i = 2, #ARGV do
  local name = ARGV[i]
  generation = generation + 1
  local armed = redis.call('ZSCORE', KEYS[2], name)
  if not armed or tonumber(armed) > moment then
    redis.call('ZADD', KEYS[2], string.format('%.0f', moment), name)
  end
  redis.call('HSET', KEYS[3], name, string.format('%.0f', generation))
  touched[#touched + 1] = name
  touched[#touched + 1] = string.format('%.0f', now)
  if not redis.call('ZSCORE', KEYS[5], name) then
    redis.call('ZADD', KEYS[5], string.format('%.0f', now), name)
  end
end
redis.call('HSET', KEYS[1], 'gen', string.format('%.0f', generation))
redis.call('HSET', KEYS[4], unpack(touched))
return string.format('%.0f', generation)

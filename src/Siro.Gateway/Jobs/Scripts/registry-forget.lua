-- Drops a partition that was found empty, unless it was touched since, or within the last hour.
-- KEYS     as in registry-touch.lua
-- ARGV     partition, generation
-- Answer   1 dropped, 0 kept
-- Repeat   nothing is left to drop
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local generation = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0') or 0
local touched = tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or '0') or 0
if generation ~= tonumber(ARGV[2]) or now - touched < 3600000 then
  return 0
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
return 1

-- Sets when a partition is next due, as a worker has found it, unless it was touched since the worker looked.
-- KEYS     as in registry-touch.lua
-- ARGV     partition, generation, ms until it is due (-1 for not at all), 1 to bring it forward only
-- Answer   1, or 0 when it was touched since
-- Repeat   the same again, while nobody has touched it
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local generation = tonumber(redis.call('HGET', KEYS[3], ARGV[1]) or '0') or 0
if generation ~= tonumber(ARGV[2]) then
  return 0
end
local wait = tonumber(ARGV[3])
-- A touch is followed by its job a moment later: within ten seconds of one, an empty partition is looked at again each second.
local touched = tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or '0') or 0
if now - touched < 10000 and (wait < 0 or wait > 1000) then
  wait = 1000
end
if ARGV[4] == '1' then
  local armed = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if wait < 0 or (armed and tonumber(armed) <= now + wait) then
    return 1
  end
end
if wait < 0 then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + wait), ARGV[1])
end
return 1

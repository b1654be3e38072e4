-- Takes partitions for a sweep: those not swept for a while, longest first. They count as swept from now on.
-- KEYS     as in registry-touch.lua
-- ARGV     interval ms, most
-- Answer   partition and generation of each
-- Repeat   the next ones; one that was taken and not swept has its turn again after the interval
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local names = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', string.format('%.0f', now - tonumber(ARGV[1])), 'LIMIT', '0', ARGV[2])
local answer = {}
for _, name in ipairs(names) do
  redis.call('ZADD', KEYS[5], string.format('%.0f', now), name)
  answer[#answer + 1] = name
  answer[#answer + 1] = redis.call('HGET', KEYS[3], name) or '0'
end
return answer

-- Partitions that are due, longest first.
-- KEYS     as in registry-touch.lua
-- ARGV     most
-- Answer   ms until the next one that is not in the answer is due (-1 none), then partition and generation of each
-- Repeat   reads only
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local names = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', '0', ARGV[1])
local answer = { -1 }
for _, name in ipairs(names) do
  answer[#answer + 1] = name
  answer[#answer + 1] = redis.call('HGET', KEYS[3], name) or '0'
end
local next = redis.call('ZRANGE', KEYS[2], tostring(#names), tostring(#names), 'WITHSCORES')
if next[2] then
  local wait = tonumber(next[2]) - now
  if wait < 0 then
    wait = 0
  end
  answer[1] = wait
end
return answer

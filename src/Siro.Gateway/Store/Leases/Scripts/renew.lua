-- Prolongs a lease that has not run out.
-- KEYS[1]  the lease: hash owner, fence, until
-- ARGV     owner, fence, ttl in ms
-- Answer   1, or 0 when it ran out or is another's; what ran out is never brought back
-- Repeat   prolongs again, for its own holder only
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'until')
if not held[1] or held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or tonumber(held[3]) <= now then
  return 0
end
local ttl = tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + ttl))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + 86400000))
return 1

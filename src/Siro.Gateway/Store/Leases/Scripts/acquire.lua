-- Takes a lease that nobody holds, or whose holder let it run out.
-- KEYS[1]  the lease: hash owner, fence, until (ms, the store's clock)
-- ARGV     owner, unique to this try; ttl in ms
-- Answer   the fence, or 0 when another holds it
-- Repeat   the same owner gets the same fence while it holds; the end of the lease is not moved
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'until')
local ends = tonumber(held[3] or '0') or 0
if held[1] and held[1] ~= '' and ends > now then
  if held[1] == ARGV[1] then
    return held[2]
  end
  return '0'
end
-- Fences follow the clock, so they keep growing even after the key has expired or the store lost it.
local fence = now * 2048
local last = tonumber(held[2] or '0') or 0
if fence <= last then
  fence = last + 1
end
local ttl = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', string.format('%.0f', fence), 'until', string.format('%.0f', now + ttl))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + 86400000))
return string.format('%.0f', fence)

-- Counts a queue's jobs.
-- KEYS     as in shared.lua
-- ARGV     prefix
-- Answer   total, running under a lease, waiting, ms the oldest has been due (-1 none)
-- Repeat   reads only
local total = redis.call('ZCARD', all)
local running = redis.call('ZCOUNT', run, '(' .. text(now), '+inf')
local first = redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')
local oldest = -1
if first[2] and tonumber(first[2]) <= now then
  oldest = now - tonumber(first[2])
end
return { total, running, total - running - redis.call('ZCARD', fin), oldest }

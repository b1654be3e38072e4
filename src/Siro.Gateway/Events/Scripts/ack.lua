-- Moves a pull subscription's cursor.
-- KEYS[1] meta. ARGV: prefix, subscription id, number, 1 to move it back too.
-- Answer: the cursor as it is now, or '' for an unknown subscription. Safe to repeat: without going back it only grows.
local id = ARGV[2]
if redis.call('HEXISTS', P .. 'subrev', id) == 0 then return '' end
local now = tonumber(redis.call('HGET', P .. 'cursors', id) or '0')
local last = tonumber(redis.call('HGET', META, 'last') or '0')
local wanted = tonumber(ARGV[3])
if wanted > last then wanted = last end
if wanted > now or ARGV[4] == '1' then
  redis.call('HSET', P .. 'cursors', id, text(wanted))
  now = wanted
end
return text(now)

-- Notes since when a subscription's deliveries fail, or that one succeeded.
-- KEYS[1] meta. ARGV: prefix, subscription id, 1 failed or 0 succeeded.
-- Answer: for how many ms it has been failing, '0' when it does not. Safe to repeat: the first failure stays.
local id = ARGV[2]
if ARGV[3] == '0' or redis.call('HEXISTS', P .. 'subrev', id) == 0 then
  redis.call('HDEL', P .. 'failing', id)
  return '0'
end
local now = clock() / 1000
redis.call('HSETNX', P .. 'failing', id, text(now))
return text(now - tonumber(redis.call('HGET', P .. 'failing', id)))

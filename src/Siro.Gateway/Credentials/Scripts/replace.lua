-- Replaces or drops a value that is still the one the caller has read: encrypted anew, or not readable.
-- KEYS[1]  the token: hash value, id, life
-- ARGV     the value that was read; the new value, or '' to drop the token
-- Answer   1, or 0 when it is another one by now
-- Repeat   the second time it is another one: 0, nothing changes
if redis.call('HGET', KEYS[1], 'value') ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'value', ARGV[2])
end
return 1

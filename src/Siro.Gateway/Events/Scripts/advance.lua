-- Takes events out of the inbox after they were handed to every subscription.
-- KEYS[1] meta. ARGV: prefix, fence of the owner's lease, version of the registry it used, event ids.
-- Answer: 1 done; 0 a later owner was here; 2 the registry has changed since: load it and hand out the same events again.
-- Safe to repeat: removing twice changes nothing.
local fence = tonumber(redis.call('HGET', META, 'fence') or '0')
if tonumber(ARGV[2]) < fence then return 0 end
if (redis.call('HGET', META, 'version') or '0') ~= ARGV[3] then return 2 end
redis.call('HSET', META, 'fence', ARGV[2])
if #ARGV > 3 then redis.call('ZREM', P .. 'inbox', unpack(ARGV, 4)) end
return 1

-- Adds the next block of the log, with its signature.
-- KEYS[1] meta. ARGV: prefix, fence of the owner's lease, number up to which the caller knows the log covered, the block's first and last
-- number, signature.
-- Answer: 1 added; 0 a later owner was here, or the log is covered up to another number. Safe to repeat: the second time is refused and
-- changes nothing.
if tonumber(ARGV[2]) < tonumber(redis.call('HGET', META, 'fence') or '0') then return 0 end
if (redis.call('HGET', META, 'covered') or '0') ~= ARGV[3] then return 0 end
redis.call('SET', P .. 'bits:' .. ARGV[4], ARGV[6])
redis.call('ZADD', P .. 'blocks', ARGV[4], ARGV[4] .. ':' .. ARGV[5])
redis.call('HSET', META, 'covered', ARGV[5])
return 1

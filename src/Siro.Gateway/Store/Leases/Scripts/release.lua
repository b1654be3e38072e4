-- Gives a lease back; its fence stays, so that the next holder's is larger.
-- KEYS[1]  the lease: hash owner, fence, until
-- ARGV     owner, fence
-- Answer   1, or 0 when it is not this holder's any more
-- Repeat   the second time it is nobody's: 0, nothing changes
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence')
if not held[1] or held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'owner', '', 'until', '0')
return 1

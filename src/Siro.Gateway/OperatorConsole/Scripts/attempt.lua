-- Counts one attempt to sign in.
-- KEYS     the counter
-- ARGV     ms after which the counter starts anew
-- Answer   attempts so far, this one included; ms until the counter starts anew
-- Repeat   counts once more: on the safe side
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { count, left }

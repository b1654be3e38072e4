-- Stores a minted token, unless a later holder of the lease has begun.
-- KEYS[1]  the token: hash value, id, life
-- KEYS[2]  blocked: there while Siro's refusal of the user is remembered
-- KEYS[3]  the largest fence that has begun
-- ARGV     fence; value (encrypted); id; life in ms; left in ms
-- Answer   1, or 0 when a later holder has begun
-- Repeat   writes the same again with the same end, a little later at most
local last = redis.call('GET', KEYS[3])
if last and tonumber(last) > tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'id', ARGV[3], 'life', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('DEL', KEYS[2])
return 1

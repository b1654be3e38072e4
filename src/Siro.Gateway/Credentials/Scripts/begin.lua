-- The holder of the lease is about to mint: from here on an earlier holder's token is refused.
-- KEYS[1]  the token: hash value, id, life
-- KEYS[2]  blocked: there while Siro's refusal of the user is remembered
-- KEYS[3]  the largest fence that has begun
-- ARGV     fence; how long it is remembered, in ms
-- Answer   as look.lua; or {} when a later holder has begun
-- Repeat   the same fence begins again, nothing else changes
local last = redis.call('GET', KEYS[3])
if last and tonumber(last) > tonumber(ARGV[1]) then
  return {}
end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
local token = redis.call('HMGET', KEYS[1], 'value', 'id', 'life')
return { token[1], token[2], token[3], redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[2]) }

-- What the fleet has for one user token.
-- KEYS[1]  the token: hash value, id, life
-- KEYS[2]  blocked: there while Siro's refusal of the user is remembered
-- Answer   {value, id, life in ms, left in ms, blocked in ms}; without a token the first three are false and left is -2
-- Repeat   reads only
local token = redis.call('HMGET', KEYS[1], 'value', 'id', 'life')
return { token[1], token[2], token[3], redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[2]) }

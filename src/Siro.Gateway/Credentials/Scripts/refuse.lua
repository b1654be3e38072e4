-- Siro answered 401 to a token: drops exactly that token, and lets one refusal a while cause a mint.
-- KEYS[1]  the token: hash value, id, life
-- KEYS[2]  guard: the token whose refusal caused the last mint
-- ARGV     id of the refused token; how long the guard stands, in ms
-- Answer   {'newer', 0}    the fleet has another one by now
--          {'handled', 0}  this very token was dropped before, somebody mints
--          {'dropped', 0}  dropped by this call
--          {'guarded', ms} it was itself minted because of a refusal less than the guard's time ago: it stays
-- Repeat   after 'dropped' comes 'handled' or 'newer', which mean the same to the caller
local id = redis.call('HGET', KEYS[1], 'id')
if id and id ~= ARGV[1] then
  return { 'newer', 0 }
end
local guard = redis.call('GET', KEYS[2])
if guard then
  if not id and guard == ARGV[1] then
    return { 'handled', 0 }
  end
  return { 'guarded', redis.call('PTTL', KEYS[2]) }
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
return { 'dropped', 0 }

-- Removes a subscription.
-- KEYS[1] meta. ARGV: prefix, subscription id, expected revision ('' for any).
-- Answer: 1 removed, 0 not found, 2 other revision. Safe to repeat: the second finds nothing.
local id = ARGV[2]
local revision = redis.call('HGET', P .. 'subrev', id)
if not revision then return 0 end
if ARGV[3] ~= '' and ARGV[3] ~= revision then return 2 end
redis.call('HSET', META, 'version', text(number()))
for _, key in ipairs({ 'subs', 'subrev', 'subop', 'since', 'cursors', 'failing' }) do redis.call('HDEL', P .. key, id) end
return 1

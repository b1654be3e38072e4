-- Creates or changes a subscription; may insert one event with it (subscription.disabled).
-- KEYS[1] meta. ARGV: prefix, subscription id, 'create' | 'replace' | 'upsert', expected revision ('' for any), record, operation id,
--   ms to remember ids, and for an event: id, type, body ('' for none), most subscriptions.
-- Answer: {1 written | 0 not found | 2 other revision | 3 exists | 4 too many, revision, since}.
-- Safe to repeat: an operation that was carried out is answered again. The version grows with each change, so no
-- fan-out can finish an event with a registry that lacks it; 'since' makes a subscription start at a definite number.
local id, mode, expected, op = ARGV[2], ARGV[3], ARGV[4], ARGV[6]
local revision = redis.call('HGET', P .. 'subrev', id)
if revision and redis.call('HGET', P .. 'subop', id) == op then
  return { 1, revision, redis.call('HGET', P .. 'since', id) or '0' }
end
if mode == 'create' and revision then return { 3, revision, '0' } end
if mode == 'replace' and not revision then return { 0, '0', '0' } end
if revision and expected ~= '' and expected ~= revision then return { 2, revision, '0' } end
if not revision and redis.call('HLEN', P .. 'subs') >= tonumber(ARGV[11]) then return { 4, '0', '0' } end
-- By the clock, like events' numbers: a registry that the store forgot and got anew is not taken for an older one.
local version = text(number())
redis.call('HSET', META, 'version', version)
redis.call('HSET', P .. 'subs', id, ARGV[5])
redis.call('HSET', P .. 'subrev', id, version)
redis.call('HSET', P .. 'subop', id, op)
redis.call('HSETNX', P .. 'since', id, text(number()))
if ARGV[10] ~= '' and redis.call('EXISTS', P .. 'seen:' .. ARGV[8]) == 0 then
  remember(ARGV[8], insert(ARGV[8], ARGV[9], '', 'gateway', ARGV[10]), ARGV[7])
end
return { 1, version, redis.call('HGET', P .. 'since', id) }

-- Keeps an enriched body beside its event; the first one stays, so that every attempt repeats the same bytes.
-- KEYS[1] meta. ARGV: prefix, event id, variant, body ('' only asks).
-- Answer: the body that is kept, '' when there is none (not asked to keep, or the event is gone).
-- Safe to repeat: the first stays.
local key, field = P .. 'ev:' .. ARGV[2], 'body:' .. ARGV[3]
if ARGV[4] ~= '' and redis.call('EXISTS', key) == 1 and redis.call('HSETNX', key, field, ARGV[4]) == 1 then
  redis.call('HINCRBY', key, 'size', #ARGV[4])
  redis.call('HINCRBY', META, 'bytes', #ARGV[4])
end
return redis.call('HGET', key, field) or ''

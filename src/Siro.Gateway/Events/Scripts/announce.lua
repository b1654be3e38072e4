-- Inserts an event that the gateway derives itself, once per recording and kind.
-- KEYS[1] meta. ARGV: prefix, id, type, recording, source, body, ms to remember ids, ms to remember recordings, mark,
--   epoch in which the subscriptions are registered.
-- Answer: {1 inserted or 0 announced before, number or '0'}; {2} where the store is of another epoch: nothing was taken.
-- Safe to repeat: the mark is checked first and written last.
if not same(ARGV[10]) then return { 2 } end
local mark = P .. 'rec:' .. ARGV[4]
if redis.call('HEXISTS', mark, ARGV[9]) == 1 or redis.call('EXISTS', P .. 'seen:' .. ARGV[2]) == 1 then
  redis.call('HSET', mark, ARGV[9], ARGV[2])
  redis.call('PEXPIRE', mark, ARGV[8])
  return { 0, '0' }
end
local n = insert(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
remember(ARGV[2], n, ARGV[7])
redis.call('HSET', mark, ARGV[9], ARGV[2])
redis.call('PEXPIRE', mark, ARGV[8])
return { 1, n }

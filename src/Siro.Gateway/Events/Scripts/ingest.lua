-- Takes one event of Siro's: dedupes by its id, numbers, stores, puts it into the inbox; and where it says that its
-- recording is ready, marks that and inserts the derived event, once per recording.
-- KEYS[1] meta. ARGV: prefix, id, type, recording, source, body, ms to remember ids, ms to remember recordings,
--   id and body of the derived event ('' where the recording is not ready), epoch in which the subscriptions are registered.
-- Answer: {1 new or 0 duplicate, number, number of the derived event or '0'}; {2} where the store is of another epoch: nothing was taken.
-- Safe to repeat: a known id changes nothing but a counter. That counter is written so that a confirmation asked
-- for after a duplicate also covers the first event, which stands before it in the server's log. What was broken off in
-- the middle is made anew, both events with new numbers: the recording is marked only once the event's id is remembered,
-- or the derived event alone would keep its number, and stand before the one that it follows from.
if not same(ARGV[11]) then return { 2 } end
local id = ARGV[2]
local known = redis.call('GET', P .. 'seen:' .. id)
if known then
  redis.call('HINCRBY', META, 'duplicates', 1)
  return { 0, known, '0' }
end
local recording = ARGV[4]
local ready = ARGV[9]
local derive = ready ~= '' and redis.call('HEXISTS', P .. 'rec:' .. recording, 'ready') == 0
local n = insert(id, ARGV[3], recording, ARGV[5], ARGV[6])
local derived = '0'
if derive then
  derived = insert(ready, 'recording.ready', recording, ARGV[5], ARGV[10])
end
remember(id, n, ARGV[7])
if derive then
  redis.call('HSET', P .. 'rec:' .. recording, 'ready', ready)
  remember(ready, derived, ARGV[7])
end
if ready ~= '' then redis.call('PEXPIRE', P .. 'rec:' .. recording, ARGV[8]) end
return { 1, n, derived }

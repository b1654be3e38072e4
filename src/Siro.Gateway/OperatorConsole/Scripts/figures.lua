-- Adds what one replica counted to the buckets of this minute and this quarter of an hour.
-- KEYS     the minute's hash, the quarter's hash, the minute's hash by subscription, the quarter's hash by subscription, when clients were last seen
-- ARGV     ms that minutes are kept, ms that quarters are kept, now in ms, how many pairs follow, pairs of field and count,
--          how many pairs by subscription follow, such pairs, clients
-- Answer   nothing
-- Repeat   counts once more: figures, not accounts
local at = 4
local function add(minute, quarter)
  local pairs_ = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, pairs_ do
    redis.call('HINCRBY', minute, ARGV[at], ARGV[at + 1])
    redis.call('HINCRBY', quarter, ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  if pairs_ > 0 then
    redis.call('PEXPIRE', minute, ARGV[1])
    redis.call('PEXPIRE', quarter, ARGV[2])
  end
end
add(KEYS[1], KEYS[2])
add(KEYS[3], KEYS[4])
for i = at, #ARGV do
  redis.call('HSET', KEYS[5], ARGV[i], ARGV[3])
end
redis.call('PEXPIRE', KEYS[5], '7776000000')
return 0

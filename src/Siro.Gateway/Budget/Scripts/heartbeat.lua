-- A replica says that it lives, and hears how the fleet is.
-- KEYS: 1 replicas (sorted set: replica, end of its heartbeat in ms)  2 epoch (hash)
--       3 closed (sorted set: token, until)  4 pressed (sorted set: token, until)
--       5 loads (hash: token -> "taken until")
-- ARGV: 1 replica  2 how long the heartbeat lives (ms; 0 takes leave)  3 the epoch it knows, or ''  4 an id for a new epoch
--       5 pause after lost state (ms)  6 the epoch's count of heartbeats that it last saw
--       7 1 when it may have worked by itself  8 1 when there are to be other replicas
--       9 the longest window (ms)  10 replicas that may have used slots in it, as last heard
-- Answer: {epoch, replicas alive, count of heartbeats, n, m, replicas that may have used slots in the longest window, (closed token, ms left) * n, (token, slots taken) * m, pressed tokens...};
--         tokens that are not named have at most an eighth of their slots taken.
-- Repeatable: sets a moment that follows from the time of execution; a late one only makes a dead replica look alive for one more
-- heartbeat, in which its slots stay taken.
local now = clock()
local known = ARGV[3]

-- A count that went back: the store came back with an older memory, for example after a fail-over.
if known ~= '' and redis.call('HGET', KEYS[2], 'id') == known and (tonumber(redis.call('HGET', KEYS[2], 'beats')) or 0) < tonumber(ARGV[6]) then
  redis.call('DEL', KEYS[2])
end

local id = epoch_of(KEYS[2], KEYS[1], ARGV[1], known, ARGV[7], ARGV[8], tonumber(ARGV[10]), ARGV[4], now, tonumber(ARGV[5]))
local beats = redis.call('HINCRBY', KEYS[2], 'beats', 1)
redis.call('ZADD', KEYS[1], int(now + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', int(now - 7200000))
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', int(now))
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', int(now))
local answer = {id, redis.call('ZCOUNT', KEYS[1], '(' .. int(now), '+inf'), beats, 0, 0, redis.call('ZCOUNT', KEYS[1], int(now - tonumber(ARGV[9])), '+inf')}
local shut = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. int(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 200)
for i = 1, #shut, 2 do
  answer[#answer + 1] = shut[i]
  answer[#answer + 1] = math.ceil(tonumber(shut[i + 1]) - now)
end
answer[4] = #shut / 2
local loads = redis.call('HGETALL', KEYS[5])
local over = {}
for i = 1, #loads, 2 do
  local taken, till = string.match(loads[i + 1], '^(%d+) (%d+)$')
  if tonumber(till) > now then
    answer[#answer + 1] = loads[i]
    answer[#answer + 1] = tonumber(taken)
    answer[5] = answer[5] + 1
  else
    over[#over + 1] = loads[i]
  end
end
if #over > 0 then
  redis.call('HDEL', KEYS[5], unpack(over))
end
for _, token in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '(' .. int(now), '+inf', 'LIMIT', 0, 200)) do
  answer[#answer + 1] = token
end
return answer

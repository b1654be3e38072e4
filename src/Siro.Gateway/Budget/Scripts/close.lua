-- Siro answered 429 (or its CDN 1010): nobody sends on this token for a while.
-- KEYS: 1 closing (hash of the token: cop, cstep, cend)  2 closed (sorted set: token, until)
-- ARGV: 1 token  2 operation id  3 first pause (ms)  4 longest pause (ms)  5 Siro's own Retry-After (ms) or -1
--       6 jitter, 0 to 1 in thousandths  7 how long the steps are remembered (ms)
-- Answer: ms for which it is closed now.
-- Repeatable: the operation id of the last closing is kept; answers of requests sent before it closed (it is closed already) do not
-- raise the step; a late execution closes once more, for the step's time.
local now = clock()
local left = (tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1])) or 0) - now
local state = redis.call('HMGET', KEYS[1], 'cop', 'cstep', 'cend')
if state[1] == ARGV[2] then
  return math.max(0, left)
end

local step = tonumber(state[2]) or 0
local longest = tonumber(ARGV[4])
if left <= 0 then
  -- Quiet for as long as the longest pause: start again at the first.
  if now - (tonumber(state[3]) or 0) > longest then
    step = 0
  end
  step = math.min(step + 1, 12)
end

local pause = math.min(tonumber(ARGV[3]) * 2 ^ math.max(0, step - 1), longest)
pause = pause * (1 + tonumber(ARGV[6]) / 2000)
local told = tonumber(ARGV[5])
if left > 0 then
  pause = left
end
pause = math.ceil(math.max(pause, told))
redis.call('HSET', KEYS[1], 'cop', ARGV[2], 'cstep', step, 'cend', int(now + pause))
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('ZADD', KEYS[2], int(now + pause), ARGV[1])
return pause

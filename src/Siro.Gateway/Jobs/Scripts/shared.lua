-- Shared by every script of a job queue; all keys of a queue are in one slot.
-- KEYS[1]  meta: hash, the last position given out
-- KEYS[2]  due: sorted set, id by when it is due (ms); a claimed job by when its lease ends
-- KEYS[3]  run: sorted set, claimed ids by when their lease ends
-- KEYS[4]  all: sorted set, every id by position
-- KEYS[5]  end: sorted set, finished and parked ids by when they are removed
-- KEYS[6]  job: hash of one job, where a script has one (a script that has several makes the names itself)
-- ARGV[1]  what all keys of the queue start with
-- A job's hash (rev is 1 and step 0 where they are not there): phase (q queued, r running, f finished, p parked), state, pos, created, updated, due, attempt, rev, fence, step, ended,
-- owner, client, lane, laned (1 while it has a place in its lane), keep, remember, made and op (operation ids), and the feature's f:*.
local meta, due, run, all, fin = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local prefix = ARGV[1]
-- Ids that are due at once, behind what is due by itself (repeat-many.lua). A version that does not know it finds them by its sweep.
local low = prefix .. 'low'
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

-- Lua prints large numbers as 1.7e+15; keys and scores want all digits.
local function text(number)
  return string.format('%.0f', number)
end

local function hash(id)
  return prefix .. 'job:' .. id
end

-- Positions and fences grow strictly. They follow the clock (2048 in a millisecond), so they keep growing even when the
-- store has lost the last one.
local function positions(count)
  local last = tonumber(redis.call('HGET', meta, 'pos') or '0') or 0
  local pos = now * 2048
  if pos <= last then
    pos = last + 1
  end
  redis.call('HSET', meta, 'pos', text(pos + count - 1))
  redis.call('PEXPIRE', meta, '172800000')
  return pos
end

local function position()
  return text(positions(1))
end

-- Milliseconds until something is due, 0 when something is, -1 when nothing waits.
local function waiting()
  if redis.call('EXISTS', low) == 1 then
    return 0
  end
  local first = redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')
  if not first[2] then
    return -1
  end
  local wait = tonumber(first[2]) - now
  if wait < 0 then
    return 0
  end
  return wait
end

-- The same for jobs that wait for their moment: -1 when the first thing to happen is the end of a lease, for which the registry is armed since the claim.
local function idle()
  local wait = waiting()
  if wait > 0 and redis.call('ZSCORE', run, redis.call('ZRANGE', due, '0', '0')[1]) then
    return -1
  end
  return wait
end

-- How many of its jobs a queue hands at once to whoever works it off (most at most): none while anything is due or waits behind, or somebody
-- else holds one of a limited queue's jobs.
local function mayTake(owner, most, concurrency, held)
  if owner == '' or most <= 0 or redis.call('EXISTS', low) == 1 then
    return 0
  end
  local first = redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')
  if first[2] and tonumber(first[2]) <= now then
    return 0
  end
  if concurrency >= 0 and redis.call('ZCOUNT', run, '(' .. text(now), '+inf') > held then
    return 0
  end
  return most
end

local function restate(id, old, new, pos)
  if old ~= new then
    redis.call('ZREM', prefix .. 'st:' .. old, id)
    redis.call('ZADD', prefix .. 'st:' .. new, pos, id)
    redis.call('HSET', hash(id), 'state', new)
  end
end

-- The first in a lane is due at its own moment. A store that dies in the middle of a script can leave a place without a job, or a job
-- that has ended, at the head of a lane, where it would stand in everybody's way: it is taken out.
local function advance(lane)
  local key = prefix .. 'lane:' .. lane
  local first = redis.call('ZRANGE', key, '0', '0')[1]
  while first do
    local job = redis.call('HMGET', hash(first), 'phase', 'due')
    if job[1] == 'q' and not redis.call('ZSCORE', due, first) then
      redis.call('ZADD', due, job[2], first)
    end
    if job[1] == 'q' or job[1] == 'r' then
      return
    end
    redis.call('ZREM', key, first)
    first = redis.call('ZRANGE', key, '0', '0')[1]
  end
end

-- Takes a job out of its lane; the next in line becomes due at its own moment.
local function leave(id, lane)
  redis.call('HSET', hash(id), 'laned', '0')
  redis.call('ZREM', prefix .. 'lane:' .. lane, id)
  advance(lane)
end

local function remove(id)
  local old = redis.call('HMGET', hash(id), 'state', 'client', 'lane', 'laned', 'remember')
  if old[1] then
    redis.call('ZREM', prefix .. 'st:' .. old[1], id)
    if old[2] then
      redis.call('ZREM', prefix .. 'cl:' .. old[2], id)
    end
    if old[4] == '1' then
      leave(id, old[3])
    end
    if tonumber(old[5] or '0') > 0 then
      redis.call('SET', prefix .. 'tomb:' .. id, '1', 'PX', old[5])
    end
  end
  redis.call('ZREM', due, id)
  redis.call('ZREM', low, id)
  redis.call('ZREM', run, id)
  redis.call('ZREM', all, id)
  redis.call('ZREM', fin, id)
  redis.call('DEL', hash(id))
  redis.call('DEL', prefix .. 'body:' .. id)
end

-- Removes some of the jobs whose retention is over.
local function trim(most)
  local over = redis.call('ZRANGEBYSCORE', fin, '-inf', text(now), 'LIMIT', '0', tostring(most))
  for _, id in ipairs(over) do
    remove(id)
  end
  return #over
end

-- Fields to set and to remove, from ARGV[at]: a count and pairs, a count and names.
local function change(key, at)
  local count = tonumber(ARGV[at])
  for i = at + 1, at + count * 2, 2 do
    redis.call('HSET', key, ARGV[i], ARGV[i + 1])
  end
  at = at + 1 + count * 2
  count = tonumber(ARGV[at])
  for i = at + 1, at + count do
    redis.call('HDEL', key, ARGV[i])
  end
end

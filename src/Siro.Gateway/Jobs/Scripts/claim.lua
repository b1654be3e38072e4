-- Claims due jobs, and jobs whose lease has ended, inside the queue's limits.
-- KEYS     as in shared.lua
-- ARGV     prefix, owner, sequence number, most, lease ms, concurrency (-1 for no limit), rate window ms, claims per window (0 for no limit),
--          how many the owner holds already if it may hold more than it works on at a time (-1 if it may not)
-- Ahead    an owner that holds all of the queue's claimed jobs has the queue to itself until they end: it may claim more than the limit of
--          concurrency, and keeps to that by itself. While anybody else holds one, the limit counts what is claimed
-- Answer   ms until there is something to claim again (-1 nothing waits), ms the oldest has been due (-1 none), then id and hash of each claimed job
-- Repeat   the same number answers with the jobs of the first time that are still held, renewed; a lower number changes nothing
local owner, sequence, most, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local concurrency, window, perWindow, mine = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local record = prefix .. 'claim:' .. owner
local last = redis.call('HMGET', record, 'sequence', 'jobs')
local before = tonumber(last[1] or '-1') or -1
local ends = text(now + lease)
if sequence < before then
  return { waiting(), -1 }
end
if sequence == before then
  local answer = { 0, -1 }
  for id, fence in string.gmatch(last[2], '([^\n]+)\n([^\n]+)\n') do
    local held = redis.call('HMGET', hash(id), 'phase', 'fence', 'due')
    if held[1] == 'r' and held[2] == fence and tonumber(held[3]) > now then
      redis.call('HSET', hash(id), 'due', ends)
      redis.call('ZADD', due, ends, id)
      redis.call('ZADD', run, ends, id)
      answer[#answer + 1] = id
      answer[#answer + 1] = redis.call('HGETALL', hash(id))
    end
  end
  answer[1] = waiting()
  return answer
end

local first = redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')
local oldest = -1
if first[2] and tonumber(first[2]) <= now then
  oldest = now - tonumber(first[2])
end

local room = most
local held = redis.call('ZCOUNT', run, '(' .. text(now), '+inf')
if concurrency >= 0 and concurrency - held < room and (mine < 0 or held > mine) then
  room = concurrency - held
end
local pause = -1
if perWindow > 0 then
  -- The list holds the moments of the last claims, newest first: the n-th claim from now is allowed once the one perWindow before it has left the window.
  local allowed = 0
  while allowed < room do
    local bound = redis.call('LINDEX', prefix .. 'rate', tostring(perWindow - 1 - allowed))
    if bound and tonumber(bound) + window > now then
      pause = tonumber(bound) + window - now
      break
    end
    allowed = allowed + 1
    if allowed >= perWindow then
      break
    end
  end
  if allowed < room then
    room = allowed
    if pause < 0 then
      pause = window
    end
  end
end

local ids = {}
local behind = 0
if room > 0 and oldest >= 0 then
  -- What is made again in large numbers has a quarter, so that neither waits for the other's end.
  behind = redis.call('ZCARD', low)
  local share = room
  if behind > 0 then
    share = math.ceil(room * 3 / 4)
  end
  ids = redis.call('ZRANGEBYSCORE', due, '-inf', text(now), 'LIMIT', '0', text(share))
elseif room > 0 then
  behind = redis.call('ZCARD', low)
end
local taken, behindIds, repeated = {}, {}, {}
if behind > 0 and room > #ids then
  for _, id in ipairs(ids) do
    taken[id] = true
  end
  for _, id in ipairs(redis.call('ZRANGE', low, '0', text(room - #ids - 1))) do
    behindIds[#behindIds + 1] = id
    -- A version that does not know of this index may have made it due by itself, or may be running it.
    if not taken[id] then
      ids[#ids + 1] = id
      repeated[id] = true
    end
  end
end
local answer = { 0, oldest }
local claimed = ''
local count = 0
local holds, gone = {}, {}
local fence = nil
for _, id in ipairs(ids) do
  local key = hash(id)
  local job = redis.call('HGETALL', key)
  local at = {}
  for i = 1, #job, 2 do
    at[job[i]] = i + 1
  end
  local phase = at.phase and job[at.phase]
  if phase == 'q' or (phase == 'r' and not repeated[id]) then
    fence = fence or position()
    local attempt = text((tonumber(job[at.attempt or 0] or '0') or 0) + 1)
    local revision = text((tonumber(job[at.rev or 0]) or 1) + 1)
    local change = { 'phase', 'r', 'owner', owner, 'fence', fence, 'step', '0', 'due', ends, 'updated', text(now), 'attempt', attempt, 'rev', revision }
    redis.call('HSET', key, unpack(change))
    for i = 1, #change, 2 do
      if at[change[i]] then
        job[at[change[i]]] = change[i + 1]
      else
        job[#job + 1] = change[i]
        job[#job + 1] = change[i + 1]
      end
    end
    holds[#holds + 1] = ends
    holds[#holds + 1] = id
    if perWindow > 0 then
      redis.call('LPUSH', prefix .. 'rate', text(now))
    end
    answer[#answer + 1] = id
    answer[#answer + 1] = job
    claimed = claimed .. id .. '\n' .. fence .. '\n'
    count = count + 1
  elseif not repeated[id] then
    gone[#gone + 1] = id
  end
end
if count > 0 then
  redis.call('ZADD', due, unpack(holds))
  redis.call('ZADD', run, unpack(holds))
end
for _, id in ipairs(ids) do
  behindIds[#behindIds + 1] = id
end
if behind > 0 and #behindIds > 0 then
  redis.call('ZREM', low, unpack(behindIds))
end
if #gone > 0 then
  redis.call('ZREM', due, unpack(gone))
  redis.call('ZREM', run, unpack(gone))
end
if perWindow > 0 and count > 0 then
  redis.call('LTRIM', prefix .. 'rate', '0', tostring(perWindow - 1))
  -- Longer than the window: the moments decide, not the expiry, which a store may round.
  redis.call('PEXPIRE', prefix .. 'rate', tostring(window + 5000))
end
redis.call('HSET', record, 'sequence', text(sequence), 'jobs', claimed)
redis.call('PEXPIRE', record, '900000')

local wait = waiting()
if wait >= 0 then
  if concurrency >= 0 and held + count >= concurrency then
    -- Nothing until one of the running ends; whoever ends it looks again, and at the latest its lease does.
    local running = redis.call('ZRANGEBYSCORE', run, '(' .. text(now), '+inf', 'WITHSCORES', 'LIMIT', '0', '1')
    local free = 60000
    if running[2] then
      free = tonumber(running[2]) - now
    end
    if free > wait then
      wait = free
    end
  end
  if pause > wait then
    wait = pause
  end
end
answer[1] = wait
return answer

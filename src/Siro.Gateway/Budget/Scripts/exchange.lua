-- One replica and one Siro token: the replica says what it holds, what was answered and who waits; the store counts and grants.
--
-- A slot is taken from its grant until one window after its answer began: held by a replica, then in a bucket by its end.
-- A bucket is 1/240 of the window; ends are rounded up. held + buckets <= limit at every moment, and each request arrives at Siro
-- while its slot is taken: so no more than the limit arrive in any window.
--
-- KEYS: 1 slots (hash: n last moment, w bucket width, s sum of buckets, x first bucket that has not ended, hi last bucket, tat pace,
--         open, ld what loads was told, uk slots held back for who is missing, uh the most that was taken as heard, b<i> slots that end at bucket i, u<i> <flow> use of a flow that ends at bucket i)
--       2 holders (hash: replica -> "held answered seq until demand...")
--       3 flows (hash: flow -> "weight used peak peakAt since"); a flow is "<class>.<client>", class 0 mint, 1 interactive, 2 batch, 3 background
--       4 replicas (sorted set: replica, end of its heartbeat)  5 epoch (hash)  6 closed  7 pressed (sorted sets: token, until)
--       8 loads (hash: token -> "taken until", where more than an eighth of the slots is taken)
-- ARGV: 1 replica  2 seq  3 the epoch it knows or ''  4 an id for a new epoch  5 pause after lost state (ms)  6 life of a heartbeat (ms)
--       7 token  8 limit  9 window (ms)  10 slots kept back for mints
--       11 slots it holds  12 answers the store has confirmed, -1 when it has none in its last window
--       13 answers before the list  14 1 when the list is its whole last window  15 list "age:count age:count" in order (ms, may be < 0)
--       16 slots it would like beyond its waiters
--       17 1 when it may have worked by itself  18 1 when there are to be other replicas
--       19 replicas that may have used slots in the last window, as last heard  20 slots that were taken when the store lost its state  21.. per flow: id, weight, used from slots it held, waiting
-- Answer: {'ok', epoch, replicas alive, ms until slots are granted, ms closed, free, block, 1 when it should give back what it does not use,
--         ms until the next slot ends or -1, then per flow: granted, used, share}
--         {'reseed', epoch}: say again with the whole last window; {'stale'}: a later call was already carried out.
-- Repeatable: held is absolute and answers are counted from the replica's beginning, so a call that is carried out twice or again after
-- its answer was lost changes nothing; seq refuses one that comes late. Grants whose answer is lost are undone by the next call.
local SLOTS, HOLDERS, FLOWS, REPLICAS = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, seq, token = ARGV[1], tonumber(ARGV[2]), ARGV[7]
local grace, ttl = tonumber(ARGV[5]), tonumber(ARGV[6])
local limit, window, kept = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local held, confirmed, base, whole = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14] == '1'
local FIRST = 21
-- The pace may fall behind that much and catch up: replicas ask when their timers let them.
local BURST = window / 40

local meta = redis.call('HMGET', SLOTS, 'n', 'w', 's', 'x', 'hi', 'tat', 'open', 'ld', 'uk', 'uh')
-- The store's clock never runs back here: after a step back, time stands still and slots come back late.
local now = math.max(clock(), tonumber(meta[1]) or 0)
local width = tonumber(meta[2]) or math.max(1, math.ceil(window / 240))
local bucket = math.floor(now / width)
local sum, first, last = tonumber(meta[3]) or 0, tonumber(meta[4]) or bucket + 1, tonumber(meta[5]) or 0
local tat, open = tonumber(meta[6]) or 0, tonumber(meta[7]) or 0
local life = int(window * 3 + ttl + 60000)

local epoch, opens, missing = epoch_of(KEYS[5], REPLICAS, me, ARGV[3], ARGV[17], ARGV[18], tonumber(ARGV[19]), ARGV[4], now, grace)
local mine = redis.call('HGET', HOLDERS, me)
local counted, lastseq
if mine then
  local a, s = string.match(mine, '^%-?%d+ (%d+) (%d+)')
  counted, lastseq = tonumber(a), tonumber(s)
  if lastseq >= seq then
    return {'stale'}
  end
end

if not whole and confirmed >= 0 and (not counted or counted < confirmed) then
  -- The store forgot this token: whoever used it must have the time to say so.
  redis.call('HSET', SLOTS, 'n', int(now), 'open', int(math.max(open, now + grace)))
  redis.call('PEXPIRE', SLOTS, life)
  return {'reseed', epoch}
end
open = math.max(open, opens)

-- Flows as stored.
local list, byId = {}, {}
local stored = redis.call('HGETALL', FLOWS)
for i = 1, #stored, 2 do
  local w, u, p, at, since = string.match(stored[i + 1], '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
  local f = {id = stored[i], class = tonumber(string.sub(stored[i], 1, 1)), weight = tonumber(w), used = tonumber(u), peak = tonumber(p), at = tonumber(at), since = tonumber(since), demand = 0, waiting = 0, granted = 0}
  list[#list + 1] = f
  byId[f.id] = f
end

-- What has ended.
if bucket >= last then
  if last > 0 then
    redis.call('DEL', SLOTS)
  end
  sum = 0
  for _, f in ipairs(list) do
    f.used = 0
  end
  last = 0
  width = math.max(1, math.ceil(window / 240))
  bucket = math.floor(now / width)
else
  for b = first, bucket do
    local names = {'b' .. int(b)}
    for i, f in ipairs(list) do
      names[i + 1] = 'u' .. int(b) .. ' ' .. f.id
    end
    local gone = {}
    local values = redis.call('HMGET', SLOTS, unpack(names))
    for i, v in ipairs(values) do
      if v then
        gone[#gone + 1] = names[i]
        if i == 1 then
          sum = sum - tonumber(v)
        else
          list[i - 1].used = list[i - 1].used - tonumber(v)
        end
      end
    end
    if #gone > 0 then
      redis.call('HDEL', SLOTS, unpack(gone))
    end
  end
end
first = bucket + 1

-- Puts count slots (or a flow's use of them) into the bucket that ends at the moment or later; answers how many were put.
local function ends(kind, flow, count, moment)
  local b = math.ceil(moment / width)
  if b > bucket then
    redis.call('HINCRBY', SLOTS, kind .. int(b) .. flow, count)
    last = math.max(last, b)
    return count
  end
  return 0
end

-- Somebody who used slots did not come back after the store lost its state: what was taken then stays taken for a window. An eighth may
-- have been taken without a word. Who is missing is known at the end of the pause, in which nothing is granted and all say what they know
-- was taken (heard): the first to come back misses all others.
local kept_back, heard = tonumber(meta[9]) or 0, tonumber(meta[10]) or 0
if missing and opens + window > now then
  heard = math.max(heard, math.min(limit, math.max(tonumber(ARGV[20]), math.floor(limit / 8))))
  local more = heard - kept_back
  if opens <= now and more > 0 then
    sum = sum + ends('b', '', more, opens + window)
    kept_back = kept_back + more
  end
elseif opens + window <= now then
  kept_back, heard = 0, 0
end

-- Who else holds slots, and who waits elsewhere.
local occupied, alive = held, 1
local others = redis.call('HGETALL', HOLDERS)
for i = 1, #others, 2 do
  local r = others[i]
  if r ~= me then
    local h, a, s, till, demand = string.match(others[i + 1], '^(%-?%d+) (%d+) (%d+) (%d+)(.*)$')
    h = tonumber(h)
    local heart = tonumber(redis.call('ZSCORE', REPLICAS, r))
    if not heart or heart <= now then
      if h > 0 then
        sum = sum + ends('b', '', h, (heart or now) + 1 + window)
      end
      if not heart or heart + 2 * window < now then
        redis.call('HDEL', HOLDERS, r)
      elseif h > 0 then
        redis.call('HSET', HOLDERS, r, '0 ' .. a .. ' ' .. s .. ' 0')
      end
    else
      occupied = occupied + h
      if tonumber(till) > now then
        for id, n in string.gmatch(demand, ' (%S+)=(%d+)') do
          if byId[id] then
            byId[id].demand = byId[id].demand + tonumber(n)
          end
        end
      end
    end
  end
end
redis.call('ZADD', REPLICAS, int(now + ttl), me)
alive = math.max(1, redis.call('ZCOUNT', REPLICAS, '(' .. int(now), '+inf'))

-- What this replica's answers were: each ends one window after it began. Those already counted are passed over.
counted = math.max(counted or base, 0)
local position = base
for age, count in string.gmatch(ARGV[15], '(%-?%d+):(%d+)') do
  age, count = tonumber(age), tonumber(count)
  local new = math.min(count, position + count - counted)
  position = position + count
  if new > 0 then
    sum = sum + ends('b', '', new, now + 1 - age + window)
  end
end
counted = math.max(counted, position)

-- This replica's flows.
local step = window / limit
local asked = {}
local waits = false
for i = FIRST, #ARGV, 4 do
  local id = ARGV[i]
  local f = byId[id]
  if not f then
    f = {id = id, class = tonumber(string.sub(id, 1, 1)), used = 0, peak = 0, at = now, since = now, demand = 0, waiting = 0, granted = 0}
    list[#list + 1] = f
    byId[id] = f
  end
  f.weight = tonumber(ARGV[i + 1])
  f.mine = true
  f.waiting = tonumber(ARGV[i + 3])
  f.demand = f.demand + f.waiting
  local used = tonumber(ARGV[i + 2])
  if used > 0 then
    f.used = f.used + ends('u', ' ' .. id, used, now + 1 + window)
    tat = math.min(math.max(tat, now - BURST) + used * step, now + window)
  end
  asked[#asked + 1] = f
end

-- How much each flow is expected to want in a window: what it uses and waits for, or what it lately used, or, where it came only now,
-- what its pace since then makes in a window (from thirty on: below, a few calls would pass for a flood).
local wants = {0, 0, 0}
local classes = {{}, {}, {}}
for _, f in ipairs(list) do
  f.peak = f.peak * 0.5 ^ ((now - f.at) / (5 * window))
  f.at = now
  if f.used > f.peak then
    f.peak = f.used
  end
  f.want = math.max(f.used + f.demand, f.peak)
  if f.used + f.demand == 0 then
    f.since = now
  elseif limit >= 30 and now - f.since < window then
    f.want = math.max(f.want, (f.used + f.demand - 1) * window / math.max(now - f.since, window / 10))
  end
  if f.class > 0 then
    wants[f.class] = wants[f.class] + f.want
    table.insert(classes[f.class], f)
  end
end

-- Max-min by weight within a class: the share of f when it wants without end and the others want what they want.
local function by_want(a, b)
  return a.want / a.weight < b.want / b.weight
end
local function shares(flows, capacity)
  table.sort(flows, by_want)
  local total, taken = 0, 0
  for _, f in ipairs(flows) do
    total = total + f.weight
  end
  for _, f in ipairs(flows) do
    local room, weight = capacity, total
    for _, o in ipairs(flows) do
      if o ~= f then
        if o.want / o.weight * weight >= room then
          break
        end
        room, weight = room - o.want, weight - o.weight
      end
    end
    f.share = room * f.weight / weight
    taken = taken + math.min(f.want, f.share)
  end
  return taken
end

-- Interactive before batch before background; a tenth is the floor of batch, a twentieth that of background.
local capacity = math.max(0, limit - kept)
local floor2, floor3 = math.min(wants[2], limit * 0.1), math.min(wants[3], limit * 0.05)
local taken1 = shares(classes[1], capacity - floor2 - floor3)
local taken2 = shares(classes[2], math.max(floor2, capacity - taken1 - floor3))
shares(classes[3], math.max(floor3, capacity - taken1 - taken2))

-- Grants. A flow within its share gets what is free at once; beyond it, one at a time at the pace of limit over window.
local free = limit - sum - occupied
local closed = math.max(0, (tonumber(redis.call('ZSCORE', KEYS[6], token)) or 0) - now)
local granted = 0
local function give(f, n)
  f.granted = f.granted + n
  f.waiting = f.waiting - n
  f.demand = f.demand - n
  f.used = f.used + n
  free = free - n
  granted = granted + n
  tat = math.min(math.max(tat, now - BURST) + n * step, now + window)
end
local function before(a, b)
  if not b then
    return true
  elseif a.class ~= b.class then
    return a.class < b.class
  end
  return a.used / a.weight < b.used / b.weight
end

local paced = false
if open <= now and closed == 0 then
  while free > 0 and granted < 2000 do
    local best
    for _, f in ipairs(asked) do
      if f.waiting > 0 and (f.class == 0 or (free > kept and f.used < f.share)) and before(f, best) then
        best = f
      end
    end
    if not best then
      break
    end
    give(best, 1)
  end

  while free > kept and granted < 2000 do
    local best, claim
    for _, f in ipairs(list) do
      if f.demand > 0 and f.class > 0 then
        claim = claim or f.used < f.share
        if f.waiting > 0 and before(f, best) then
          best = f
        end
      end
    end
    if not best or claim then
      break
    end
    if tat > now then
      paced = true
      break
    end
    give(best, 1)
  end
end

-- Slots beyond the waiters, so that far below the limit most requests need no call: never what the flows are expected to need, because
-- whoever calls first takes them.
local pressed, block = false, 0
for _, f in ipairs(list) do
  if f.demand > 0 then
    pressed = true
  end
  if f.waiting > 0 then
    waits = true
  end
end
if not pressed and open <= now and closed == 0 then
  local spare = free - kept - math.floor(limit / 8)
  for _, f in ipairs(list) do
    if f.class > 0 then
      spare = spare - math.max(0, math.min(f.want, f.share) - f.used)
    end
  end
  block = math.max(0, math.min(tonumber(ARGV[16]), math.floor(spare / (2 * alive))))
end
if pressed then
  redis.call('ZADD', KEYS[7], int(now + 2000), token)
  redis.call('PEXPIRE', KEYS[7], 7200000)
end

-- When the next slot ends.
local soonest = -1
if sum > 0 then
  local b = first
  while b <= last and soonest < 0 do
    local names = {}
    for i = b, math.min(last, b + 39) do
      names[#names + 1] = 'b' .. int(i)
    end
    for i, v in ipairs(redis.call('HMGET', SLOTS, unpack(names))) do
      if v and tonumber(v) > 0 then
        soonest = (b + i - 1) * width - now
        break
      end
    end
    b = b + 40
  end
end
if waits then
  if paced then
    soonest = math.max(1, math.ceil(tat - now))
  elseif free > kept and closed == 0 and open <= now then
    -- Left for a flow with a better claim, which waits at another replica and is about to ask.
    soonest = 20
  end
end

-- Write.
for _, f in ipairs(asked) do
  if f.granted > 0 then
    ends('u', ' ' .. f.id, f.granted, now + 1 + window)
  end
end
local save = {}
for _, f in ipairs(list) do
  if f.used <= 0 and f.demand == 0 and f.peak < 0.5 and not f.mine then
    redis.call('HDEL', FLOWS, f.id)
  else
    save[#save + 1] = f.id
    save[#save + 1] = string.format('%.6g %.0f %.3f %.0f %.0f', f.weight, f.used, math.max(f.peak, f.used), f.at, f.since)
  end
end
if #save > 0 then
  redis.call('HSET', FLOWS, unpack(save))
  redis.call('PEXPIRE', FLOWS, life)
end
local demand = ''
for _, f in ipairs(asked) do
  if f.waiting > 0 then
    demand = demand .. ' ' .. f.id .. '=' .. int(f.waiting)
  end
end
redis.call('HSET', HOLDERS, me, int(held + granted + block) .. ' ' .. int(counted) .. ' ' .. int(seq) .. ' ' .. int(now + 1000) .. demand)
redis.call('PEXPIRE', HOLDERS, life)
-- What the others go by when the store is lost.
local taken = sum + occupied + granted + block
local told = taken * 8 > limit and taken or 0
if told > 0 then
  redis.call('HSET', KEYS[8], token, int(told) .. ' ' .. int(now + window))
elseif meta[8] and meta[8] ~= '0' then
  redis.call('HDEL', KEYS[8], token)
end
redis.call('HSET', SLOTS, 'uk', int(kept_back), 'uh', int(heard), 'ld', int(told), 'n', int(now), 'w', int(width), 's', int(sum), 'x', int(first), 'hi', int(last), 'tat', string.format('%.3f', tat), 'open', int(open))
redis.call('PEXPIRE', SLOTS, life)

local answer = {'ok', epoch, alive, math.max(0, open - now), closed, free - block, block, pressed and 1 or 0, math.ceil(soonest)}
for _, f in ipairs(asked) do
  answer[#answer + 1] = f.granted
  answer[#answer + 1] = f.used
  answer[#answer + 1] = math.floor(f.share or limit)
end
return answer

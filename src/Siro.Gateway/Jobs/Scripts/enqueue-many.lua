-- Stores several jobs without bodies, due at once, in the order given. Jobs whose id is known, or remembered, stay as they are.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, owner that takes some of them at once ('' for none), lease ms, most that it takes, concurrency (-1 for no limit),
--          how many of the queue's jobs it holds, count of jobs; for each: id, state, lane or '', keep ms, remember ms, count of fields and
--          their pairs
-- Ahead    the owner gets none while anything else is due, or anybody else holds one of a limited queue's jobs (as in claim.lua); none of a lane
-- Answer   how many were new, the fence of those that the owner has now, this moment, then id and position of each of these
-- Repeat   those that are there already are left alone, so a second time changes nothing; what the owner was given the first time without
--          learning of it is due again when the lease ends. A job is there once its hash is, which is written at once and last: where a
--          store dies in the middle of a script, the repetition makes the job anew
local owner, most, concurrency, count = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7])
local at, jobs, known = 8, {}, {}
trim(math.min(2 * count, count + 50))
for _ = 1, count do
  local id, count = ARGV[at], tonumber(ARGV[at + 5])
  if not known[id] and redis.call('EXISTS', hash(id), prefix .. 'tomb:' .. id) == 0 then
    jobs[#jobs + 1] = at
    known[id] = true
  end
  at = at + 6 + count * 2
end
if #jobs == 0 then
  return { 0, '0', '0' }
end
local first, moment = positions(#jobs + 1), text(now)
local rows, places, dues, states = {}, {}, {}, {}
local fence, ends, holds = text(first + #jobs), text(now + tonumber(ARGV[3])), {}
local answer = { #jobs, fence, moment }
most = mayTake(owner, most, concurrency, tonumber(ARGV[6]))
for n, from in ipairs(jobs) do
  local id, state, lane, pos = ARGV[from], ARGV[from + 1], ARGV[from + 2], text(first + n - 1)
  local row
  if lane == '' and most > 0 then
    most = most - 1
    row = { 'phase', 'r', 'state', state, 'pos', pos, 'fence', fence, 'keep', ARGV[from + 3], 'remember', ARGV[from + 4],
      'created', moment, 'updated', moment, 'owner', owner, 'attempt', '1', 'due', ends }
    holds[#holds + 1] = ends
    holds[#holds + 1] = id
    answer[#answer + 1] = id
    answer[#answer + 1] = pos
  else
    row = { 'phase', 'q', 'state', state, 'pos', pos, 'fence', '0', 'keep', ARGV[from + 3], 'remember', ARGV[from + 4],
      'created', moment, 'updated', moment, 'attempt', '0', 'due', moment }
    if lane == '' then
      dues[#dues + 1] = moment
      dues[#dues + 1] = id
    end
  end
  local at = #row
  for i = from + 6, from + 5 + tonumber(ARGV[from + 5]) * 2 do
    at = at + 1
    row[at] = ARGV[i]
  end
  if lane == '' then
    rows[#rows + 1] = hash(id)
    rows[#rows + 1] = row
    places[#places + 1] = pos
    places[#places + 1] = id
    local list = states[state]
    if not list then
      list = {}
      states[state] = list
    end
    list[#list + 1] = pos
    list[#list + 1] = id
  else
    -- One at a time: who is behind it in the lane looks for it.
    row[at + 1], row[at + 2], row[at + 3], row[at + 4] = 'lane', lane, 'laned', '1'
    redis.call('ZADD', all, pos, id)
    redis.call('ZADD', prefix .. 'st:' .. state, pos, id)
    advance(lane)
    redis.call('ZADD', prefix .. 'lane:' .. lane, pos, id)
    if redis.call('ZRANGE', prefix .. 'lane:' .. lane, '0', '0')[1] == id then
      redis.call('ZADD', due, moment, id)
    end
    redis.call('HSET', hash(id), unpack(row))
  end
end
if #rows > 0 then
  redis.call('ZADD', all, unpack(places))
  if #dues > 0 then
    redis.call('ZADD', due, unpack(dues))
  end
  if #holds > 0 then
    redis.call('ZADD', due, unpack(holds))
    redis.call('ZADD', run, unpack(holds))
  end
  for state, list in pairs(states) do
    redis.call('ZADD', prefix .. 'st:' .. state, unpack(list))
  end
  for i = 1, #rows, 2 do
    redis.call('HSET', rows[i], unpack(rows[i + 1]))
  end
end
return answer

-- Stores several jobs without bodies, due at once, in the order given. Jobs whose id is known, or remembered, stay as they are.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, operation, count of jobs; for each: id, state, lane or '', keep ms, remember ms, count of fields and their pairs
-- Answer   how many were new
-- Repeat   those that are there already are left alone, so a second time changes nothing. A job is there once its hash is, which is
--          written at once and last: where a store dies in the middle of a script, the repetition makes the job anew
local at, jobs, known = 4, {}, {}
trim(2 * tonumber(ARGV[3]))
for _ = 1, tonumber(ARGV[3]) do
  local id, count = ARGV[at], tonumber(ARGV[at + 5])
  if not known[id] and redis.call('EXISTS', hash(id), prefix .. 'tomb:' .. id) == 0 then
    jobs[#jobs + 1] = at
    known[id] = true
  end
  at = at + 6 + count * 2
end
if #jobs == 0 then
  return 0
end
local first, moment = positions(#jobs), text(now)
local rows, places, dues, states = {}, {}, {}, {}
for n, from in ipairs(jobs) do
  local id, state, lane, pos = ARGV[from], ARGV[from + 1], ARGV[from + 2], text(first + n - 1)
  local row = { 'phase', 'q', 'state', state, 'pos', pos, 'created', moment, 'updated', moment, 'due', moment,
    'attempt', '0', 'rev', '1', 'fence', '0', 'step', '0', 'keep', ARGV[from + 3], 'remember', ARGV[from + 4], 'made', ARGV[2] }
  for i = from + 6, from + 5 + tonumber(ARGV[from + 5]) * 2 do
    row[#row + 1] = ARGV[i]
  end
  if lane == '' then
    rows[#rows + 1] = { hash(id), row }
    places[#places + 1] = pos
    places[#places + 1] = id
    dues[#dues + 1] = moment
    dues[#dues + 1] = id
    states[state] = states[state] or {}
    table.insert(states[state], pos)
    table.insert(states[state], id)
  else
    -- One at a time: who is behind it in the lane looks for it.
    row[#row + 1], row[#row + 2], row[#row + 3], row[#row + 4] = 'lane', lane, 'laned', '1'
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
  redis.call('ZADD', due, unpack(dues))
  for state, list in pairs(states) do
    redis.call('ZADD', prefix .. 'st:' .. state, unpack(list))
  end
  for _, job in ipairs(rows) do
    redis.call('HSET', job[1], unpack(job[2]))
  end
end
return #jobs

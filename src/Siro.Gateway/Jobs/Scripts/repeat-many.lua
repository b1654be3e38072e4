-- Makes several jobs due again, and those that are not there anew; behind everything that is due by itself. What waits or runs stays as it is.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, name of the repetition, state to give, expected state ('' for any), owner that takes some of them at once ('' for none),
--          lease ms, most that it takes, concurrency (-1 for no limit), how many of the queue's jobs it holds, count of fields to set in those
--          that are there and their pairs, count of jobs; for each: id, keep ms, remember ms, count of fields and their pairs when it may be
--          made (0: it may not)
-- Ahead    the owner gets none while anything else is due or waits behind, or anybody else holds one of a limited queue's jobs (as in claim.lua)
-- Answer   jobs that wait behind now, how many of these were made due by this call, the fence of those that the owner has now, this moment,
--          then of each of these its number among the jobs, its id, its position, and its hash where it was there before
-- Repeat   each job notes the repetition and its own id as the operation: the second time changes nothing, and what the owner was given the
--          first time without learning of it is due again when the lease ends. One whose id is only remembered is made under its id, '~' and
--          the repetition's name
local name, state, expected, owner, most, concurrency = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
local fields = tonumber(ARGV[10])
local at = 11 + fields * 2
local count = tonumber(ARGV[at])
at = at + 1
trim(math.min(2 * count, count + 50))
local moment = text(now)
local first = positions(count + 1)
local fence, ends, holds = text(first + count), text(now + tonumber(ARGV[6])), {}
most = mayTake(owner, most, concurrency, tonumber(ARGV[9]))
local made, changed, dues, places, over = 0, {}, {}, {}, {}
local leaving, entering = {}, {}
local answer = { 0, 0, fence, moment }
local function enter(n, id, pos, row, old)
  entering[#entering + 1] = pos
  entering[#entering + 1] = id
  local last = #row
  if most > 0 then
    most = most - 1
    row[last + 1], row[last + 2], row[last + 3], row[last + 4] = 'phase', 'r', 'owner', owner
    row[last + 5], row[last + 6], row[last + 7], row[last + 8] = 'fence', fence, 'attempt', '1'
    row[last + 9], row[last + 10], row[last + 11], row[last + 12] = 'due', ends, 'step', '0'
    holds[#holds + 1] = ends
    holds[#holds + 1] = id
    answer[#answer + 1] = n
    answer[#answer + 1] = id
    answer[#answer + 1] = pos
    answer[#answer + 1] = old and hash(id) or ''
  else
    row[last + 1], row[last + 2], row[last + 3], row[last + 4], row[last + 5], row[last + 6] = 'phase', 'q', 'attempt', '0', 'due', moment
    dues[#dues + 1] = moment
    dues[#dues + 1] = id
  end
  made = made + 1
  changed[#changed + 1] = hash(id)
  changed[#changed + 1] = row
end
for n = 1, count do
  local id, sets = ARGV[at], tonumber(ARGV[at + 3])
  local operation = name .. ':' .. id
  local old = redis.call('HMGET', hash(id), 'phase', 'state', 'pos', 'rev', 'op', 'made')
  if not old[1] and sets > 0 and redis.call('EXISTS', prefix .. 'tomb:' .. id) == 1 then
    id = id .. '~' .. name
    old = redis.call('HMGET', hash(id), 'phase', 'state', 'pos', 'rev', 'op', 'made')
  end
  if not old[1] then
    if sets > 0 then
      local pos = text(first)
      first = first + 1
      local row = { 'state', state, 'pos', pos, 'keep', ARGV[at + 1], 'remember', ARGV[at + 2], 'created', moment, 'updated', moment,
        'op', operation }
      local last = #row
      for i = at + 4, at + 3 + sets * 2 do
        last = last + 1
        row[last] = ARGV[i]
      end
      places[#places + 1] = pos
      places[#places + 1] = id
      enter(n, id, pos, row, false)
    end
  elseif old[5] ~= operation and old[6] ~= operation and (old[1] == 'f' or old[1] == 'p') and (expected == '' or old[2] == expected) then
    local row = { 'state', state, 'op', operation, 'updated', moment, 'rev', text((tonumber(old[4]) or 1) + 1) }
    local last = #row
    for i = 11, 10 + fields * 2 do
      last = last + 1
      row[last] = ARGV[i]
    end
    over[#over + 1] = id
    if old[2] ~= state then
      local list = leaving[old[2]] or {}
      leaving[old[2]] = list
      list[#list + 1] = id
    end
    enter(n, id, old[3], row, true)
  end
  at = at + 4 + sets * 2
end
if made > 0 then
  if #places > 0 then
    redis.call('ZADD', all, unpack(places))
  end
  redis.call('ZADD', prefix .. 'st:' .. state, unpack(entering))
  for before, list in pairs(leaving) do
    redis.call('ZREM', prefix .. 'st:' .. before, unpack(list))
  end
  if #dues > 0 then
    redis.call('ZADD', low, unpack(dues))
  end
  if #holds > 0 then
    redis.call('ZADD', due, unpack(holds))
    redis.call('ZADD', run, unpack(holds))
  end
  for i = 1, #changed, 2 do
    redis.call('HSET', changed[i], unpack(changed[i + 1]))
  end
  if #over > 0 then
    redis.call('ZREM', fin, unpack(over))
  end
end
for i = 8, #answer, 4 do
  if answer[i] ~= '' then
    answer[i] = redis.call('HGETALL', answer[i])
  end
end
answer[1], answer[2] = redis.call('ZCARD', low), made
return answer

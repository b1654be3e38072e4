-- Makes several jobs due again, and those that are not there anew; behind everything that is due by itself. What waits or runs stays as it is.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, name of the repetition, state to give, expected state ('' for any), count of fields to set in those that are there and
--          their pairs, count of jobs; for each: id, keep ms, remember ms, count of fields and their pairs when it may be made (0: it may not)
-- Answer   jobs that wait behind now, how many of these were made due by this call
-- Repeat   each job notes the repetition and its own id as the operation: the second time changes nothing. One whose id is only remembered
--          is made under its id, '~' and the repetition's name
local name, state, expected = ARGV[2], ARGV[3], ARGV[4]
local fields = tonumber(ARGV[5])
local at = 6 + fields * 2
local count = tonumber(ARGV[at])
at = at + 1
trim(2 * count)
local moment = text(now)
local first = positions(count)
local changed, dues, places, over = {}, {}, {}, {}
local leaving, entering = {}, {}
local function enter(id, pos)
  dues[#dues + 1] = moment
  dues[#dues + 1] = id
  entering[#entering + 1] = pos
  entering[#entering + 1] = id
end
for _ = 1, count do
  local id, sets = ARGV[at], tonumber(ARGV[at + 3])
  local operation = name .. ':' .. id
  local key = hash(id)
  local old = redis.call('HMGET', key, 'phase', 'state', 'pos', 'op', 'made', 'rev')
  if not old[1] and sets > 0 and redis.call('EXISTS', prefix .. 'tomb:' .. id) == 1 then
    id = id .. '~' .. name
    key = hash(id)
    old = redis.call('HMGET', key, 'phase', 'state', 'pos', 'op', 'made', 'rev')
  end
  if not old[1] then
    if sets > 0 then
      local pos = text(first)
      first = first + 1
      local row = { 'phase', 'q', 'state', state, 'pos', pos, 'created', moment, 'updated', moment, 'due', moment, 'attempt', '0',
        'rev', '1', 'fence', '0', 'step', '0', 'keep', ARGV[at + 1], 'remember', ARGV[at + 2], 'made', operation, 'op', operation }
      for i = at + 4, at + 3 + sets * 2 do
        row[#row + 1] = ARGV[i]
      end
      changed[#changed + 1] = { key, row }
      places[#places + 1] = pos
      places[#places + 1] = id
      enter(id, pos)
    end
  elseif old[4] ~= operation and old[5] ~= operation and (old[1] == 'f' or old[1] == 'p') and (expected == '' or old[2] == expected) then
    local row = { 'phase', 'q', 'state', state, 'due', moment, 'attempt', '0', 'op', operation, 'updated', moment,
      'rev', text((tonumber(old[6] or '0') or 0) + 1) }
    for i = 6, 5 + fields * 2 do
      row[#row + 1] = ARGV[i]
    end
    changed[#changed + 1] = { key, row }
    over[#over + 1] = id
    if old[2] ~= state then
      leaving[old[2]] = leaving[old[2]] or {}
      table.insert(leaving[old[2]], id)
    end
    enter(id, old[3])
  end
  at = at + 4 + sets * 2
end
if #changed > 0 then
  if #places > 0 then
    redis.call('ZADD', all, unpack(places))
  end
  redis.call('ZADD', prefix .. 'st:' .. state, unpack(entering))
  for before, list in pairs(leaving) do
    redis.call('ZREM', prefix .. 'st:' .. before, unpack(list))
  end
  redis.call('ZADD', low, unpack(dues))
  for _, job in ipairs(changed) do
    redis.call('HSET', job[1], unpack(job[2]))
  end
  if #over > 0 then
    redis.call('ZREM', fin, unpack(over))
  end
end
return { redis.call('ZCARD', low), #changed }

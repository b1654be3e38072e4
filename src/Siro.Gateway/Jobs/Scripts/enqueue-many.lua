-- Stores several jobs without bodies, due at once, in the order given. Jobs whose id is known, or remembered, stay as they are.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, operation, count of jobs; for each: id, state, lane or '', keep ms, remember ms, count of fields and their pairs
-- Answer   how many were new
-- Repeat   those that are there already are left alone, so a second time changes nothing. A job is there once its hash is, which is
--          written at once and last: where a store dies in the middle of a script, the repetition makes the job anew
local at, created = 4, 0
trim(2 * tonumber(ARGV[3]))
for _ = 1, tonumber(ARGV[3]) do
  local id, state, lane, count = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 5])
  local key = hash(id)
  if redis.call('EXISTS', key) == 0 and redis.call('EXISTS', prefix .. 'tomb:' .. id) == 0 then
    local pos, moment = position(), text(now)
    local row = { 'phase', 'q', 'state', state, 'pos', pos, 'created', moment, 'updated', moment, 'due', moment,
      'attempt', '0', 'rev', '1', 'fence', '0', 'step', '0', 'keep', ARGV[at + 3], 'remember', ARGV[at + 4], 'made', ARGV[2] }
    for i = at + 6, at + 5 + count * 2 do
      row[#row + 1] = ARGV[i]
    end
    redis.call('ZADD', all, pos, id)
    redis.call('ZADD', prefix .. 'st:' .. state, pos, id)
    if lane ~= '' then
      row[#row + 1], row[#row + 2], row[#row + 3], row[#row + 4] = 'lane', lane, 'laned', '1'
      advance(lane)
      redis.call('ZADD', prefix .. 'lane:' .. lane, pos, id)
    end
    if lane == '' or redis.call('ZRANGE', prefix .. 'lane:' .. lane, '0', '0')[1] == id then
      redis.call('ZADD', due, moment, id)
    end
    redis.call('HSET', key, unpack(row))
    created = created + 1
  end
  at = at + 6 + count * 2
end
return created

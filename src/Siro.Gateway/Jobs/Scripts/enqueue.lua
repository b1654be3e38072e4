-- Stores a job, due after a while or claimed at once, unless its id is known.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, operation, state, delay ms, client or '', lane or '', keep ms, remember ms, 1 with a body, the body,
--          count of fields and their pairs, owner or '' when not claimed, lease ms
-- Answer   0 created | 1 exists | 2 remembered, id, the job's hash
-- Repeat   a job is there once its hash is, which is written at once and last: where a store dies in the middle of a script, the
--          repetition makes the job anew; the same operation finds its own job: 0 and the job as it is now, no change (a claim is renewed while it lasts)
local id, operation, key = ARGV[2], ARGV[3], KEYS[6]
local fields = tonumber(ARGV[12])
local owner, lease = ARGV[13 + fields * 2], tonumber(ARGV[14 + fields * 2])
local old = redis.call('HMGET', key, 'phase', 'made', 'owner', 'due')
if old[1] then
  local status = 1
  if old[2] == operation then
    status = 0
    if owner ~= '' then
      if old[1] == 'r' and old[3] == owner and tonumber(old[4]) > now then
        local ends = text(now + lease)
        redis.call('HSET', key, 'due', ends)
        redis.call('ZADD', due, ends, id)
        redis.call('ZADD', run, ends, id)
      else
        status = 1
      end
    end
  end
  return { status, id, redis.call('HGETALL', key) }
end
if redis.call('EXISTS', prefix .. 'tomb:' .. id) == 1 then
  return { 2, id, {} }
end
trim(4)
local pos = position()
local moment = text(now + tonumber(ARGV[5]))
local row = { 'state', ARGV[4], 'pos', pos, 'created', text(now), 'updated', text(now),
  'rev', '1', 'step', '0', 'keep', ARGV[8], 'remember', ARGV[9], 'made', operation }
local function put(...)
  for _, value in ipairs({ ... }) do
    row[#row + 1] = value
  end
end
for i = 13, 12 + fields * 2 do
  put(ARGV[i])
end
if ARGV[10] == '1' then
  redis.call('SET', prefix .. 'body:' .. id, ARGV[11])
end
redis.call('ZADD', all, pos, id)
redis.call('ZADD', prefix .. 'st:' .. ARGV[4], pos, id)
if ARGV[6] ~= '' then
  put('client', ARGV[6])
  redis.call('ZADD', prefix .. 'cl:' .. ARGV[6], pos, id)
end
if owner ~= '' then
  local ends = text(now + lease)
  put('phase', 'r', 'owner', owner, 'fence', position(), 'attempt', '1', 'due', ends)
  redis.call('ZADD', due, ends, id)
  redis.call('ZADD', run, ends, id)
elseif ARGV[7] ~= '' then
  put('phase', 'q', 'fence', '0', 'attempt', '0', 'due', moment, 'lane', ARGV[7], 'laned', '1')
  advance(ARGV[7])
  redis.call('ZADD', prefix .. 'lane:' .. ARGV[7], pos, id)
  if redis.call('ZRANGE', prefix .. 'lane:' .. ARGV[7], '0', '0')[1] == id then
    redis.call('ZADD', due, moment, id)
  end
else
  put('phase', 'q', 'fence', '0', 'attempt', '0', 'due', moment)
  redis.call('ZADD', due, moment, id)
end
redis.call('HSET', key, unpack(row))
return { 0, id, redis.call('HGETALL', key) }

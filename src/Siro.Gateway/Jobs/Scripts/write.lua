-- Writes a claimed job under its fence: a checkpoint, or one of the ends of a claim.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, mode (save | finish | park | retry | back), fence, step, state or '', ms (save: lease; retry: delay),
--          keep ms (-1 for the job's own), fields to set and to remove
-- Answer   1 written | 0 lease lost, ms until a waiting job is due (-1 none, or the end of a lease comes first)
-- Repeat   steps grow within a claim: the same step answers 1 and changes nothing, a lower one answers 0 and changes nothing;
--          an end stays recognisable until another claim has ended
local id, mode, fence, step, key = ARGV[2], ARGV[3], ARGV[4], ARGV[5], KEYS[6]
local old = redis.call('HMGET', key, 'phase', 'fence', 'step', 'ended', 'state', 'pos', 'due', 'lane', 'laned', 'keep', 'rev')
if not old[1] then
  return { 0, -1 }
end
if old[4] == fence .. ':' .. step or (old[2] == fence and old[3] == step) then
  return { 1, idle() }
end
if old[1] ~= 'r' or old[2] ~= fence or tonumber(step) < (tonumber(old[3]) or 0) then
  return { 0, -1 }
end
-- An owner that wants to go on must still hold; one that ends may be late as long as nobody has taken over.
if mode == 'save' and tonumber(old[7]) <= now then
  return { 0, -1 }
end
change(key, 9)
if ARGV[6] ~= '' then
  restate(id, old[5], ARGV[6], old[6])
end
redis.call('HSET', key, 'rev', text((tonumber(old[11]) or 1) + 1))
redis.call('HSET', key, 'step', step, 'updated', text(now))
local moment = text(now + tonumber(ARGV[7]))
if mode == 'save' then
  redis.call('HSET', key, 'due', moment)
  redis.call('ZADD', due, moment, id)
  redis.call('ZADD', run, moment, id)
  return { 1, idle() }
end
redis.call('HSET', key, 'ended', fence .. ':' .. step, 'owner', '')
redis.call('ZREM', run, id)
if mode == 'retry' or mode == 'back' then
  redis.call('HSET', key, 'phase', 'q', 'due', moment)
  redis.call('ZADD', due, moment, id)
  if mode == 'back' then
    redis.call('HINCRBY', key, 'attempt', '-1')
  end
else
  local keep = tonumber(ARGV[8])
  if keep < 0 then
    keep = tonumber(old[10])
  end
  if mode == 'park' then
    redis.call('HSET', key, 'phase', 'p')
  else
    redis.call('HSET', key, 'phase', 'f')
  end
  redis.call('ZREM', due, id)
  redis.call('ZADD', fin, text(now + keep), id)
  if old[9] == '1' then
    leave(id, old[8])
  end
end
return { 1, idle() }

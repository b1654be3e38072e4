-- Removes a job and what belongs to it, in any phase.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id, operation, expected state or ''
-- Answer   0 removed | 1 not found | 2 another state
-- Repeat   the same operation answers 0 for ten minutes and does not touch a new job of the same id
local id, mark = ARGV[2], prefix .. 'op:' .. ARGV[3]
if redis.call('EXISTS', mark) == 1 then
  return 0
end
local state = redis.call('HGET', KEYS[6], 'state')
if not state then
  return 1
end
if ARGV[4] ~= '' and state ~= ARGV[4] then
  return 2
end
remove(id)
redis.call('SET', mark, '1', 'PX', '600000')
return 0

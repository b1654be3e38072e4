-- Ends several claims, each under its own fence, as write.lua does for one.
-- KEYS     as in shared.lua, without a job
-- ARGV     prefix, count of jobs; for each: id, mode (finish | park | retry | back), fence, step, state or '', delay ms (retry),
--          keep ms (-1 for the job's own), fields to set and to remove
-- Answer   ms until a waiting job is due (-1 none, or the end of a lease comes first), then for each 1 written | 0 lease lost
-- Repeat   what is written is recognised by fence and step, answers 1 and changes nothing. Indexes of states are written before the jobs,
--          those of moments behind them: where a store dies in the middle, the job is claimed and ended again, or the sweep mends the rest
local answer, moment = { -1 }, text(now)
local ends = {}
local leaving, entering = {}, {}
local at = 3
for _ = 1, tonumber(ARGV[2]) do
  local id, mode, fence, step, state = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  local delay, keep, sets = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  local from = at + 8
  local removes = tonumber(ARGV[from + sets * 2])
  at = from + sets * 2 + 1 + removes
  local key = hash(id)
  local old = redis.call('HMGET', key, 'phase', 'fence', 'state', 'pos', 'keep', 'rev', 'step', 'ended', 'lane', 'laned', 'attempt')
  local done = tonumber(old[7] or '0')
  if not old[1] then
    answer[#answer + 1] = 0
  elseif old[8] == fence .. ':' .. step or (old[2] == fence and old[7] == step) then
    answer[#answer + 1] = 1
  elseif old[1] ~= 'r' or old[2] ~= fence or tonumber(step) < done then
    answer[#answer + 1] = 0
  else
    answer[#answer + 1] = 1
    local row = { 'rev', text((tonumber(old[6]) or 1) + 1), 'step', step, 'updated', moment, 'owner', '' }
    local put = #row
    for i = from, from + sets * 2 - 1 do
      put = put + 1
      row[put] = ARGV[i]
    end
    if state ~= '' and state ~= old[3] then
      row[put + 1], row[put + 2] = 'state', state
      put = put + 2
      local out = leaving[old[3]] or {}
      leaving[old[3]] = out
      out[#out + 1] = id
      local into = entering[state] or {}
      entering[state] = into
      into[#into + 1] = old[4]
      into[#into + 1] = id
    end
    local job = { id = id, key = key, row = row, again = mode == 'retry' or mode == 'back', lane = old[10] == '1' and old[9] or nil }
    if job.again then
      job.moment = text(now + delay)
      row[put + 1], row[put + 2], row[put + 3], row[put + 4] = 'phase', 'q', 'due', job.moment
      -- Its fence stays its own only until the next claim, which may come before this end is repeated.
      row[put + 5], row[put + 6] = 'ended', fence .. ':' .. step
      if mode == 'back' then
        row[put + 7], row[put + 8] = 'attempt', text((tonumber(old[11] or '1') or 1) - 1)
      end
    else
      if keep < 0 then
        keep = tonumber(old[5])
      end
      job.moment = text(now + keep)
      row[put + 1], row[put + 2] = 'phase', mode == 'park' and 'p' or 'f'
    end
    if removes > 0 then
      job.removed = {}
      for i = at - removes, at - 1 do
        job.removed[#job.removed + 1] = ARGV[i]
      end
    end
    ends[#ends + 1] = job
  end
end
for state, list in pairs(entering) do
  redis.call('ZADD', prefix .. 'st:' .. state, unpack(list))
end
for state, list in pairs(leaving) do
  redis.call('ZREM', prefix .. 'st:' .. state, unpack(list))
end
local ids, over, dues, kept = {}, {}, {}, {}
for _, job in ipairs(ends) do
  if job.removed then
    redis.call('HDEL', job.key, unpack(job.removed))
  end
  redis.call('HSET', job.key, unpack(job.row))
  ids[#ids + 1] = job.id
  local list = kept
  if job.again then
    list = dues
  else
    over[#over + 1] = job.id
  end
  list[#list + 1] = job.moment
  list[#list + 1] = job.id
end
if #ids > 0 then
  redis.call('ZREM', run, unpack(ids))
end
if #dues > 0 then
  redis.call('ZADD', due, unpack(dues))
end
if #over > 0 then
  redis.call('ZADD', fin, unpack(kept))
  redis.call('ZREM', due, unpack(over))
end
for _, job in ipairs(ends) do
  if job.lane and not job.again then
    leave(job.id, job.lane)
  end
end
answer[1] = idle()
return answer

-- Removes what is over its retention, and mends what does not agree, a few hundred jobs at a time.
-- KEYS     as in shared.lua
-- ARGV     prefix
-- Answer   how many were removed, ms until something is due (-1 nothing waits), jobs left
-- Repeat   goes on where the last call stopped; never changes a job that is in order
local removed = trim(200)
local from = redis.call('HGET', meta, 'swept') or '-inf'
local ids = redis.call('ZRANGEBYSCORE', all, from, '+inf', 'LIMIT', '0', '200')
local reached = '-inf'
for _, id in ipairs(ids) do
  local job = redis.call('HMGET', hash(id), 'phase', 'due', 'lane', 'laned', 'pos', 'keep')
  if not job[1] then
    remove(id)
  else
    reached = '(' .. job[5]
    if job[1] == 'f' or job[1] == 'p' then
      if not redis.call('ZSCORE', fin, id) then
        redis.call('ZADD', fin, text(now + tonumber(job[6])), id)
      end
    elseif not redis.call('ZSCORE', due, id) and not redis.call('ZSCORE', low, id) then
      if job[1] == 'q' and job[4] == '1' then
        redis.call('ZADD', prefix .. 'lane:' .. job[3], job[5], id)
        advance(job[3])
      else
        redis.call('ZADD', due, job[2], id)
      end
    end
  end
end
if #ids < 200 then
  reached = '-inf'
end
redis.call('HSET', meta, 'swept', reached)
redis.call('PEXPIRE', meta, '172800000')
return { removed, waiting(), redis.call('ZCARD', all) }

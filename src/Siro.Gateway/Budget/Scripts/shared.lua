-- Functions that the budget's scripts share.

-- Milliseconds by the store's clock, rounded down.
local function clock()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end

local function int(n)
  return string.format('%.0f', n)
end

-- The epoch names one unbroken life of the store's memory. A replica that knew another one says by that that the store has
-- lost its state: nothing is granted until every living replica has had the time to say what it used (open).
-- A process that has never known one starts it without that pause, unless it was told that there are others (company): it may have
-- come in the moment in which the store forgot. The same pause follows when the store itself was away: the caller may have worked by
-- itself (away), nobody else has been heard for the life of a heartbeat, so others may have done so too.
-- Each who knew the lost epoch is counted once (back), and says how many may have used slots in its last window (seen): where fewer
-- come back than were seen, somebody's use is known to nobody.
-- Answers the epoch's id, the moment from which slots are granted, and whether somebody is missing.
local function epoch_of(key, replicas, me, known, away, company, seen, candidate, now, grace)
  local e = redis.call('HMGET', key, 'id', 'open', 'lost', 'seen', 'back')
  local id, open = e[1], tonumber(e[2]) or 0
  local most, back = tonumber(e[4]) or 0, tonumber(e[5]) or 0
  if not id then
    id = candidate
    local lost = known ~= ''
    open = (lost or company == '1') and now + grace or 0
    redis.call('HSET', key, 'id', id, 'open', int(open), 'lost', lost and '1' or '0')
  elseif known ~= '' and known ~= id and e[3] ~= '1' then
    open = now + grace
    redis.call('HSET', key, 'open', int(open), 'lost', '1')
  end
  if known ~= '' and known ~= id then
    if redis.call('HSETNX', key, 'was ' .. me, '1') == 1 then
      back = redis.call('HINCRBY', key, 'back', 1)
    end
    if seen > most then
      most = seen
      redis.call('HSET', key, 'seen', int(most))
    end
  end
  if away == '1' and open < now then
    local alive = redis.call('ZRANGEBYSCORE', replicas, '(' .. int(now), '+inf', 'LIMIT', 0, 2)
    if #alive == 0 or (#alive == 1 and alive[1] == me) then
      open = now + grace
      redis.call('HSET', key, 'open', int(open))
    end
  end
  return id, open, most > back
end

-- Shared by the scripts over events; behind Store/Scripts/organization.lua.

-- Stores an event and puts it into the inbox. The caller has checked that the id is new, and remembers it when all else is written:
-- a store that can die in the middle of a script (Garnet) then has the whole of it repeated by whoever got no answer.
local function insert(id, kind, recording, source, body)
  local n = text(number())
  local fresh = redis.call('EXISTS', P .. 'ev:' .. id) == 0
  redis.call('HSET', P .. 'ev:' .. id, 'n', n, 'type', kind, 'rec', recording, 'src', source, 'size', #body, 'body', body)
  redis.call('ZADD', P .. 'log', n, id)
  if recording ~= '' then redis.call('ZADD', P .. 'of:' .. recording, n, id) end
  redis.call('ZADD', P .. 'inbox', n, id)
  if fresh then redis.call('HINCRBY', META, 'bytes', #body) end
  return n
end

local function remember(id, n, seenFor)
  redis.call('SET', P .. 'seen:' .. id, n, 'PX', seenFor)
end

-- One event as a flat row: id, number, type, recording, source, size, body ('' unless asked for).
local function row(id, withBody)
  local e = redis.call('HMGET', P .. 'ev:' .. id, 'n', 'type', 'rec', 'src', 'size', withBody and 'body' or 'none')
  if not e[1] then return nil end
  return { id, e[1], e[2], e[3], e[4], e[5], e[6] or '' }
end

-- Lists jobs by position.
-- KEYS     as in shared.lua
-- ARGV     prefix, state or '', client or '', cursor (-1 for none), limit, 1 for oldest first, from ms (-1), until ms (-1)
-- Answer   the next page's cursor (-1 at the end), then id and hash of each job
-- Repeat   reads only, but for index entries whose job is gone
local state, client, limit = ARGV[2], ARGV[3], tonumber(ARGV[5])
local index = all
if client ~= '' then
  index = prefix .. 'cl:' .. client
elseif state ~= '' then
  index = prefix .. 'st:' .. state
end
local low, high = '-inf', '+inf'
if tonumber(ARGV[7]) >= 0 then
  low = text(tonumber(ARGV[7]) * 2048)
end
if tonumber(ARGV[8]) >= 0 then
  high = '(' .. text(tonumber(ARGV[8]) * 2048)
end
local oldest = ARGV[6] == '1'
if tonumber(ARGV[4]) >= 0 then
  if oldest then
    low = '(' .. ARGV[4]
  else
    high = '(' .. ARGV[4]
  end
end
local function page(count)
  if oldest then
    return redis.call('ZRANGEBYSCORE', index, low, high, 'LIMIT', '0', tostring(count))
  end
  return redis.call('ZREVRANGEBYSCORE', index, high, low, 'LIMIT', '0', tostring(count))
end
local answer = { '-1' }
local found, scanned = 0, 0
-- Filters that the index does not cover are applied here, over a bounded number of jobs in one call.
while scanned < 500 do
  local ids = page(100)
  for _, id in ipairs(ids) do
    local own = redis.call('HMGET', hash(id), 'pos', 'state', 'client')
    scanned = scanned + 1
    if own[1] then
      if oldest then
        low = '(' .. own[1]
      else
        high = '(' .. own[1]
      end
      answer[1] = own[1]
      if (state == '' or own[2] == state) and (client == '' or own[3] == client) then
        answer[#answer + 1] = id
        answer[#answer + 1] = redis.call('HGETALL', hash(id))
        found = found + 1
        if found == limit then
          break
        end
      end
    else
      redis.call('ZREM', index, id)
    end
  end
  if found == limit or #ids < 100 then
    break
  end
end
if #page(1) == 0 then
  answer[1] = '-1'
end
return answer

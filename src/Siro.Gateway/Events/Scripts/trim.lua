-- Removes old events in a small step: those before a moment, and the oldest while the bodies are larger than allowed.
-- Events that still wait in the inbox stay, whatever their age.
-- KEYS[1] meta. ARGV: prefix, retention in ms, most bytes, most events to remove now.
-- Answer: {removed, bytes left, events left}. Safe to repeat.
local cutoff = clock() - tonumber(ARGV[2]) * 1000
local waiting = redis.call('ZRANGE', P .. 'inbox', 0, 0)[1]
local barrier = nil
if waiting then barrier = tonumber(redis.call('HGET', P .. 'ev:' .. waiting, 'n') or '0') end
local bytes = tonumber(redis.call('HGET', META, 'bytes') or '0')
local removed = 0
for _, id in ipairs(redis.call('ZRANGE', P .. 'log', 0, tonumber(ARGV[4]) - 1)) do
  local e = redis.call('HMGET', P .. 'ev:' .. id, 'n', 'size', 'rec')
  local n, size = tonumber(e[1] or '0'), tonumber(e[2] or '0')
  if (n >= cutoff and bytes <= tonumber(ARGV[3])) or (barrier and n >= barrier) then break end
  redis.call('DEL', P .. 'ev:' .. id)
  if e[3] and e[3] ~= '' then redis.call('ZREM', P .. 'of:' .. e[3], id) end
  redis.call('ZREM', P .. 'log', id)
  bytes = redis.call('HINCRBY', META, 'bytes', -size)
  removed = removed + 1
end
-- Blocks of the log whose events are all gone: there are far fewer of them than events.
if removed > 0 then
  local oldest = redis.call('ZRANGE', P .. 'log', 0, 0)[1]
  local first = oldest and tonumber(redis.call('HGET', P .. 'ev:' .. oldest, 'n') or '0')
  for _, block in ipairs(redis.call('ZRANGE', P .. 'blocks', 0, 4)) do
    local from, to = string.match(block, '^(%d+):(%d+)$')
    if first and tonumber(to) >= first then break end
    redis.call('DEL', P .. 'bits:' .. from)
    redis.call('ZREM', P .. 'blocks', block)
  end
end
return { removed, bytes, redis.call('ZCARD', P .. 'log') }

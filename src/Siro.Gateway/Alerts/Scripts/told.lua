-- Notes that a level was handed on to be told; an episode that is over is forgotten then.
-- KEYS[1] the scope's episodes, as in observe.lua. ARGV: alert, episode, level.
-- Answer: 1 when it was noted, 0 when the episode stands otherwise by now. Safe to repeat.
local field = 'e:' .. ARGV[1]
local stored = redis.call('HGET', KEYS[1], field)
if not stored then
  return 0
end
local e, l, o, s, b = string.match(stored, '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
if e ~= ARGV[2] or l ~= ARGV[3] then
  return 0
end
if l == '0' then
  redis.call('HDEL', KEYS[1], field, 'd:' .. ARGV[1])
else
  redis.call('HSET', KEYS[1], field, e .. ' ' .. l .. ' ' .. l .. ' ' .. s .. ' ' .. b)
end
return 1

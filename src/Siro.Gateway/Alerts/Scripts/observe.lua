-- Notes how an alert stands: it begins an episode, raises its level, keeps it alive, or ends it.
-- KEYS[1] the scope's episodes: hash, "e:ALERT" -> "episode level told seen since" (ms), "d:ALERT" -> detail.
-- ARGV: alert, level (0: it is over), id for a new episode, detail.
-- Answer: {} where there is nothing to tell, else {episode, level, level that was told, since}.
-- Safe to repeat: the same level again changes only when it was last seen.
local field = 'e:' .. ARGV[1]
local level = tonumber(ARGV[2])
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local function text(number) return string.format('%.0f', number) end

local stored = redis.call('HGET', KEYS[1], field)
local episode, old, told, seen, since = ARGV[3], 0, 0, now, now
if stored then
  local e, l, o, s, b = string.match(stored, '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
  episode, old, told, seen, since = e, tonumber(l), tonumber(o), tonumber(s), tonumber(b)
elseif level == 0 then
  return {}
end

if level == 0 and told == 0 then
  -- It began and ended before anybody was told.
  redis.call('HDEL', KEYS[1], field, 'd:' .. ARGV[1])
  return {}
end
if level > 0 then
  -- What is worse once stays so until the end: a level that falls is not told again when it rises.
  if old > level then level = old end
  if told > level then level = told end
  seen = now
  redis.call('HSET', KEYS[1], 'd:' .. ARGV[1], ARGV[4])
end
redis.call('HSET', KEYS[1], field, episode .. ' ' .. text(level) .. ' ' .. text(told) .. ' ' .. text(seen) .. ' ' .. text(since))
redis.call('PEXPIRE', KEYS[1], '7776000000')
if level == told then
  return {}
end
return { episode, text(level), text(told), text(since) }

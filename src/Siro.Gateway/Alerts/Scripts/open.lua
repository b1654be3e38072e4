-- Lists a scope's episodes.
-- KEYS[1] the scope's episodes, as in observe.lua. Answer: {now (ms), the hash's fields and values}. Reads only.
local t = redis.call('TIME')
return { string.format('%.0f', tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)), redis.call('HGETALL', KEYS[1]) }

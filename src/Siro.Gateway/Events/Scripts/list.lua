-- A page of the log.
-- KEYS[1] meta. ARGV: prefix, 'asc' or 'desc', from (number, inclusive), to (number, inclusive), most rows, most looked at,
--   1 for bodies, type or '', recording or '', most bytes of bodies,
--   text that the body has to hold or '' (in lower case; at most 128 KiB of bodies are looked through).
-- Answer: {number of the last one looked at, 1 if there may be more, row, row, ...}. Reads only.
local from, to = ARGV[3], ARGV[4]
local most, look = tonumber(ARGV[5]), tonumber(ARGV[6])
local found
-- Events of one recording stand in an index of their own, once those of versions without it are in it too (uncovered.lua).
local index = P .. 'log'
if ARGV[9] ~= '' and redis.call('HGET', META, 'indexed') == '1' then index = P .. 'of:' .. ARGV[9] end
local needle = ARGV[11]
if ARGV[2] == 'asc' then
  found = redis.call('ZRANGEBYSCORE', index, from, to, 'WITHSCORES', 'LIMIT', 0, look)
else
  found = redis.call('ZREVRANGEBYSCORE', index, to, from, 'WITHSCORES', 'LIMIT', 0, look)
end
local answer = { '0', (#found / 2) == look and 1 or 0 }
local bytes, searched = 0, 0
for i = 1, #found, 2 do
  local e = row(found[i], ARGV[7] == '1' or needle ~= '')
  -- Taken from the event itself: a score is printed in other ways by other servers.
  if e then
    answer[1] = e[2]
    local fits = (ARGV[8] == '' or e[3] == ARGV[8]) and (ARGV[9] == '' or e[4] == ARGV[9])
    if fits and needle ~= '' then
      searched = searched + #e[7]
      fits = string.find(string.lower(e[7]), needle, 1, true) ~= nil
      if ARGV[7] ~= '1' then e[7] = '' end
    end
    if fits then
      answer[#answer + 1] = e
      bytes = bytes + #e[7]
      if #answer - 2 >= most or bytes >= tonumber(ARGV[10]) then
        if i < #found - 1 then answer[2] = 1 end
        break
      end
    end
    if searched > 131072 then
      if i < #found - 1 then answer[2] = 1 end
      break
    end
  end
end
return answer

-- Which blocks of the log may hold what is looked for, by the bits of their signatures.
-- KEYS[1] meta. ARGV: prefix, from (number), to (number), most blocks to look at, most to answer with, bits.
-- Answer: {number up to which blocks cover the log, lowest number that was decided, 1 if there are blocks below, from, to, from, to, ...}.
-- Reads only.
local from, look, most = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
local answer = { redis.call('HGET', META, 'covered') or '0', '0', 0 }
local found = redis.call('ZREVRANGEBYSCORE', P .. 'blocks', ARGV[3], '-inf', 'LIMIT', 0, look)
answer[3] = #found == look and 1 or 0
for i, block in ipairs(found) do
  local first, last = string.match(block, '^(%d+):(%d+)$')
  if tonumber(last) < from then
    answer[3] = 0
    break
  end
  answer[2] = first
  local fits = true
  for b = 6, #ARGV do
    if redis.call('GETBIT', P .. 'bits:' .. first, ARGV[b]) == 0 then
      fits = false
      break
    end
  end
  if fits then
    answer[#answer + 1] = first
    answer[#answer + 1] = last
    if (#answer - 3) / 2 >= most then
      if i < #found then answer[3] = 1 end
      break
    end
  end
end
return answer

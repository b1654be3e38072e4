-- Several events with their bodies. KEYS[1] meta. ARGV: prefix, most bytes of bodies, ids. Answer: row, row, ...; those that are gone, or
-- would be too much, are left out. Reads only.
local answer, bytes = {}, 0
for i = 3, #ARGV do
  local e = row(ARGV[i], true)
  if e then
    answer[#answer + 1] = e
    bytes = bytes + #e[7]
    if bytes >= tonumber(ARGV[2]) then break end
  end
end
return answer

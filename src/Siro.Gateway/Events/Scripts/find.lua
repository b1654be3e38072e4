-- One event. KEYS[1] meta. ARGV: prefix, id, 1 for the body. Answer: row, or {}. Reads only.
return row(ARGV[2], ARGV[3] == '1') or {}

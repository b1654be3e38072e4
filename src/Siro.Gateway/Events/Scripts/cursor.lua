-- Where a pull subscription stands. KEYS[1] meta. ARGV: prefix, subscription id.
-- Answer: {revision or '', cursor or its start, last number}. Reads only.
local id = ARGV[2]
return {
  redis.call('HGET', P .. 'subrev', id) or '',
  redis.call('HGET', P .. 'cursors', id) or redis.call('HGET', P .. 'since', id) or '0',
  redis.call('HGET', META, 'last') or '0',
}

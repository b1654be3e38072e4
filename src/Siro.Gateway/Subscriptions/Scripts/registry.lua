-- All subscriptions with the version of the registry.
-- KEYS[1] meta. ARGV: prefix.
-- Answer: {version, subs, revisions, since, cursors, failing, epoch}: the five between are each a flat list of field and value. Reads only.
return {
  redis.call('HGET', META, 'version') or '0',
  redis.call('HGETALL', P .. 'subs'),
  redis.call('HGETALL', P .. 'subrev'),
  redis.call('HGETALL', P .. 'since'),
  redis.call('HGETALL', P .. 'cursors'),
  redis.call('HGETALL', P .. 'failing'),
  redis.call('HGET', META, 'epoch') or '',
}

-- Names the store's state, unless it has a name: whoever finds another one later knows that all was lost in between.
-- KEYS[1] meta. ARGV: prefix, a random name.
-- Answer: the name. Safe to repeat: the first stays.
redis.call('HSETNX', META, 'epoch', ARGV[2])
return redis.call('HGET', META, 'epoch')

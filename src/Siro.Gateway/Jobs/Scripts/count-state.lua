-- Counts a queue's jobs in one state.
-- KEYS     as in shared.lua
-- ARGV     prefix, state
-- Answer   how many
-- Repeat   reads only
return redis.call('ZCARD', prefix .. 'st:' .. ARGV[2])

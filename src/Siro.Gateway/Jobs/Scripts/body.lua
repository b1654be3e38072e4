-- Reads a job's body.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id
-- Answer   the body, or nil
-- Repeat   reads only
return redis.call('GET', prefix .. 'body:' .. ARGV[2])

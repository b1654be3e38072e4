-- Reads a job.
-- KEYS     as in shared.lua, with the job
-- ARGV     prefix, id
-- Answer   the job's hash; empty when there is none
-- Repeat   reads only
return redis.call('HGETALL', KEYS[6])

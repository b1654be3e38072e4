-- Binds an idempotency key to an upload, once.
-- KEYS[1] the key's hash: organization, upload
-- ARGV[1] organization, ARGV[2] upload, ARGV[3] an upload that may be replaced (or ''), ARGV[4] how long it is kept, ms
-- Answers {organization, upload} in force: the caller's own when it was bound now (or by an earlier run of the same call).
-- Repeatable: the first binding stays, and a replacement happens only while the old upload still stands there.
local held = redis.call('HMGET', KEYS[1], 'organization', 'upload')
if held[2] and held[2] ~= ARGV[3] then
  return { held[1], held[2] }
end
redis.call('HSET', KEYS[1], 'organization', ARGV[1], 'upload', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { ARGV[1], ARGV[2] }

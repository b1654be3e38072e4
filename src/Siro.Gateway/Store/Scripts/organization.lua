-- Shared by the scripts that work in one organization's slot. P is the prefix of the organization's keys, META its hash of counters.
local P = ARGV[1]
local META = KEYS[1]

local function text(number)
  return string.format('%.0f', number)
end

local function clock()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- Whether the store is still the one that the caller registered its subscriptions in: one that was emptied, or another, has no such epoch.
local function same(epoch)
  return (redis.call('HGET', META, 'epoch') or '') == epoch
end

-- The next number: the store's clock in microseconds, or one more than the last. So numbers only grow, also when the
-- store has lost its state, and a number tells when its event came.
local function number()
  local last = tonumber(redis.call('HGET', META, 'last') or '0')
  local next = clock()
  if next <= last then next = last + 1 end
  redis.call('HSET', META, 'last', text(next))
  return next
end

/**
 * This file has the scripts that Redis runs for a lock, each as one step that no other command interrupts. `KEYS` are the lock, the counter of fences, the queue
 * of waiters, and the times until which each waiter counts as alive. A token is `CLIENT#NUMBER`, one for each request.
 */
import { createHash } from 'node:crypto'

/** A script, and the name by which Redis knows it after the first call. */
export interface Script {
  readonly text: string
  readonly sha: string
}

const common = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function first()
  local token = redis.call('lindex', KEYS[3], 0)
  while token and tonumber(redis.call('zscore', KEYS[4], token) or 0) < now do
    redis.call('lpop', KEYS[3])
    redis.call('zrem', KEYS[4], token)
    token = redis.call('lindex', KEYS[3], 0)
  end
  return token
end
local function leave(token)
  if redis.call('zrem', KEYS[4], token) == 1 then redis.call('lrem', KEYS[3], 1, token) end
end
`

/**
 * Takes the lock if it is free. `ARGV`: the token, the lease in ms, `1` if no request may pass a waiter, `1` if the request joins the queue. Gives the fence, or 0
 * and for how many ms the lock cannot become free by itself.
 */
export const takeScript = script(`${common}
local head = first()
local left = redis.call('pttl', KEYS[1])
if left == -2 and (not head or head == ARGV[1] or ARGV[3] == '0') then
  redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
  leave(ARGV[1])
  return { redis.call('incr', KEYS[2]), 0 }
end
if ARGV[4] == '1' then
  if redis.call('zadd', KEYS[4], now + ARGV[2], ARGV[1]) == 1 then redis.call('rpush', KEYS[3], ARGV[1]) end
  redis.call('pexpire', KEYS[3], 2 * ARGV[2])
  redis.call('pexpire', KEYS[4], 2 * ARGV[2])
end
if left == -2 and head then left = redis.call('zscore', KEYS[4], head) - now end
return { 0, math.max(0, left) }
`)

/**
 * Gives up a token: releases the lock that it has, takes it from the queue, and wakes the next waiter. `ARGV`: the token, the prefix of the channels. Gives 1 if
 * it had the lock.
 */
export const dropScript = script(`${common}
local had = 0
if redis.call('get', KEYS[1]) == ARGV[1] then had = redis.call('del', KEYS[1]) end
leave(ARGV[1])
if redis.call('exists', KEYS[1]) == 0 then
  local head = first()
  if head then redis.call('publish', ARGV[2] .. string.match(head, '^[^#]+'), head) end
end
return had
`)

/** Prolongs the lease. `ARGV`: the token, the lease in ms. Gives 0 if the token does not have the lock. */
export const renewScript = script(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])
`)

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

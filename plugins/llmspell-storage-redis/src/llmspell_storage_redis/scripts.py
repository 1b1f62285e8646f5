"""What runs on the server: each script is one atomic step, in Redis' Lua.

A store is a hash (key to sealed value), a sorted set of the keys with equal scores (so ordered by their bytes), and a
hash `meta` with the format and the sum of bytes. Scans that are under way stand in the sorted set `scans` (scored by
the millisecond at which they are given up); whoever writes keeps the old value of a key for each of them, once, in a
hash beside it (`0` for absent, `1` and the value), so that every page of a scan shows the moment of its first.

A sealed value has four bytes more than the value itself, and is never empty: an empty argument stands for absence.
When memory is full, Redis refuses the first command of a script that would need more, and none after another write:
a script is refused whole or runs whole.
"""

from __future__ import annotations

FORMAT = 1

_WHOLE = """
local function lost(data, index, meta)
  local keys, bytes = redis.call('HLEN', data), redis.call('HGET', meta, 'bytes') or '0'
  return keys ~= redis.call('ZCARD', index) or (keys == 0 and tonumber(bytes) > 0)
end
local torn = 'TORN the values or their index are not there'
"""
"""A server that evicts, or somebody who deletes, takes a whole key: all values, or all that scans see."""

PREPARE = (
    _WHOLE
    + """
local data, index, meta = KEYS[1], KEYS[2], KEYS[3]
local found = redis.call('HGET', meta, 'format')
if found and found == ARGV[1] and lost(data, index, meta) then return redis.error_reply(torn) end
if found then return found end
if redis.call('EXISTS', data, index, meta) > 0 then return 'other' end
redis.call('HSET', meta, 'format', ARGV[1], 'bytes', 0)
return ARGV[1]
"""
)
"""KEYS data, index, meta. ARGV format. Makes an empty store where there is none; gives its format, or `other`."""

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_SCANS = (
    """
local function under_way(scans)
  if redis.call('EXISTS', scans) == 0 then return {} end
"""
    + _NOW
    + """
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', scans, '-inf', now)) do
    redis.call('ZREM', scans, id)
    redis.call('UNLINK', scans .. ':' .. id, scans .. ':' .. id .. ':index')
  end
  return redis.call('ZRANGE', scans, 0, -1)
end
"""
)

_FORMAT = f"""
if redis.call('HGET', meta, 'format') ~= '{FORMAT}' then return redis.error_reply('GONE the store is not there') end
"""

WRITE = (
    _SCANS
    + """
local prefix = string.sub(KEYS[1], 1, -5)
local data, index, meta = KEYS[1], prefix .. 'index', prefix .. 'meta'
local scans, channel = prefix .. 'scans', prefix .. 'changes'
"""
    + _FORMAT
    + """
local gone = 4 + 2 * ARGV[1]
local first, limit = gone + ARGV[2], tonumber(ARGV[3])
for at = 4, gone - 1, 2 do
  if (redis.call('HGET', data, ARGV[at]) or '') ~= ARGV[at + 1] then return ARGV[at] end
end
local sizes, removed, change, new = {}, 0, 0, {}
for at = gone, first - 1 do
  local key = ARGV[at]
  local size = redis.call('HSTRLEN', data, key)
  sizes[at] = size
  if size > 0 then change = change - #key - size + 4 end
end
for at = first, #ARGV, 2 do
  local key = ARGV[at]
  local size = redis.call('HSTRLEN', data, key)
  sizes[at] = size
  if size == 0 then
    new[#new + 1] = 0
    new[#new + 1] = key
    change = change + #key - 4
  end
  change = change + #ARGV[at + 1] - size
end
if limit > 0 and change > 0 then
  local size = redis.call('HGET', meta, 'bytes') + change
  if size > limit then return redis.error_reply(string.format('FULL it would hold %.0f bytes', size)) end
end
local open = under_way(scans)
local function keep(at)
  local key, old = ARGV[at], '0'
  if sizes[at] > 0 then old = '1' .. redis.call('HGET', data, key) end
  for _, id in ipairs(open) do
    local undo = scans .. ':' .. id
    if redis.call('HSETNX', undo, key, old) == 1 then
      redis.call('ZADD', undo .. ':index', 0, key)
    end
  end
end
if open[1] then
  for at = gone, first - 1 do keep(at) end
  for at = first, #ARGV, 2 do keep(at) end
end
for at = gone, first - 1 do
  if sizes[at] > 0 then
    redis.call('HDEL', data, ARGV[at])
    redis.call('ZREM', index, ARGV[at])
    removed = removed + 1
  end
end
for at = first, #ARGV, 2000 do
  redis.call('HSET', data, unpack(ARGV, at, math.min(at + 1999, #ARGV)))
end
for at = 1, #new, 2000 do
  redis.call('ZADD', index, unpack(new, at, math.min(at + 1999, #new)))
end
if change ~= 0 then redis.call('HINCRBY', meta, 'bytes', change) end
if first - gone + (#ARGV - first) / 2 < 10 then
  for at = gone, first - 1 do redis.call('PUBLISH', channel, '=' .. ARGV[at]) end
  for at = first, #ARGV, 2 do redis.call('PUBLISH', channel, '=' .. ARGV[at]) end
else
  redis.call('PUBLISH', channel, '')
end
return removed
"""
)
"""KEYS data (its name tells the others). ARGV number of conditions, number of removals, most bytes of keys and values
(0: no limit), then (key, sealed) for each condition, the key of each removal, and (key, sealed) for each write; no key
is removed and written.

Gives the key of the first condition that does not hold, else how many keys were removed. Its arguments are few, for the
client takes a microsecond for each; and so are its calls, of which each takes as long.
"""

PAGE = (
    _NOW
    + """
local data, index, meta, scans = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, first, lower, upper = ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5]
local most, most_bytes, lease = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local undo = scans .. ':' .. id
if redis.call('HGET', meta, 'format') ~= ARGV[1] then return redis.error_reply('GONE the store is not there') end
if not first then
  local until_ = redis.call('ZSCORE', scans, id)
  if not until_ or tonumber(until_) <= now then return redis.error_reply('LATE the scan was given up') end
end
local function page(names, values)
  local keys = redis.call('ZRANGEBYLEX', names, lower, upper, 'LIMIT', 0, most)
  local found, size, more = {}, 0, #keys == most
  for place, key in ipairs(keys) do
    local value = redis.call('HGET', values, key)
    found[#found + 1] = key
    found[#found + 1] = value
    size = size + (value and #value or 0)
    if size >= most_bytes then
      more = more or place < #keys
      break
    end
  end
  return found, more and 1 or 0
end
local live, more_live = page(index, data)
local old, more_old = {}, 0
if not first then old, more_old = page(undo .. ':index', undo) end
if more_live + more_old > 0 then
  redis.call('UNLINK', undo .. ':none')
  redis.call('ZADD', scans, string.format('%.0f', now + lease), id)
elseif not first then
  redis.call('ZREM', scans, id)
  redis.call('UNLINK', undo, undo .. ':index')
end
return {live, more_live, old, more_old}
"""
)
"""KEYS data, index, meta, scans. ARGV format, id, whether this is the first page, range (as of ZRANGEBYLEX), most
pairs, most bytes, milliseconds until the scan is given up. Gives pairs, whether there are more, old pairs, whether
there are more. The removal of what is not there lets a scan begin when memory is full: then one wants a backup."""

COUNT = (
    _WHOLE
    + """
if lost(KEYS[1], string.sub(KEYS[1], 1, -5) .. 'index', KEYS[2]) then return redis.error_reply(torn) end
return {redis.call('HLEN', KEYS[1]), redis.call('HGET', KEYS[2], 'bytes') or '0'}
"""
)
"""KEYS data (its name tells the index), meta. Gives how many keys and bytes there are.

It is no transaction, which would be refused when memory is full."""

END = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[1] .. ':' .. ARGV[1], KEYS[1] .. ':' .. ARGV[1] .. ':index')
return 1
"""
"""KEYS scans. ARGV id."""

REPLACE = """
local data, index, meta, scans, channel, new, new_index = unpack(KEYS)
for _, id in ipairs(redis.call('ZRANGE', scans, 0, -1)) do
  redis.call('UNLINK', scans .. ':' .. id, scans .. ':' .. id .. ':index')
end
redis.call('UNLINK', scans, data, index)
if redis.call('EXISTS', new) == 1 then
  redis.call('PERSIST', new)
  redis.call('PERSIST', new_index)
  redis.call('RENAME', new, data)
  redis.call('RENAME', new_index, index)
end
redis.call('HSET', meta, 'format', ARGV[1], 'bytes', ARGV[2])
redis.call('PUBLISH', channel, '')
return 1
"""
"""KEYS data, index, meta, scans, channel, and a data and an index to put in their places. ARGV format, bytes.

Scans that are under way end in an error."""

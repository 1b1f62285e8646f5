-- What the script has dropped: objects of the kernel that nothing here refers to any more.
--
-- Each object has a guard that only it leads to, so both are found in the same collection and Lua tells of the guard; no
-- object that a script can see has a finalizer. An object that the kernel sends again while its release is on the way
-- is a new object with a guard of its own: each gives back as many sendings as it has received.
local P = ...

local memory = collectgarbage
local concat, max, min, sub = table.concat, math.max, math.min, string.sub
local setmetatable = setmetatable

-- Lua collects when its own memory has grown, which says little about what the kernel holds: so many objects more than
-- were left after the last collection are reason for another one. Of streams the kernel holds few.
local objects = { alive = 0, limit = 500, least = 500, most = 10000 }
local streams = { alive = 0, limit = 50, least = 50, most = 50 }

local guards = setmetatable({}, { __mode = "k" }) -- object -> guard
local dropped, count = {}, 0
local kept = {}

-- It may run wherever memory is asked for, so it only takes a note.
local GUARD = {
  __gc = function(guard)
    dropped[count + 1] = guard
    count = count + 1
  end,
}

local function watch(object, pool, guard)
  pool.alive = pool.alive + 1
  guard.pool = pool
  guards[object] = setmetatable(guard, GUARD)
end

-- Count that a handle, or the function of another script, was received; `form` is what stands for it on the wire. A
-- durable spell keeps it: what a script can see of it must not hang on when Lua collects.
function P.received(object, form)
  if P.durable then
    kept[object] = true
  end
  local guard = guards[object]
  if guard then
    guard.times = guard.times + 1
  else
    watch(object, objects, { form = form, times = 1 })
  end
end

function P.watch_stream(stream, state)
  watch(stream, streams, { state = state })
end

local function is_full(pool)
  return pool.alive >= pool.limit
end

local function set_limit(pool)
  pool.limit = pool.alive + min(max(pool.least, pool.alive), pool.most)
end

-- Take what was dropped; nothing in between may be lost when this itself makes Lua collect.
local function take_dropped()
  local empty = {}
  local list, n = dropped, count
  dropped, count = empty, 0
  return list, n
end

local function written()
  local list, n = take_dropped()
  local forms, numbers = {}, {}
  for i = 1, n do
    local guard = list[i]
    guard.pool.alive = guard.pool.alive - 1
    if guard.form then
      forms[#forms + 1] = sub(guard.form, 7, -3) .. "," .. guard.times .. "]"
    elseif P.forget_stream(guard.state) then
      numbers[#numbers + 1] = guard.state.text
    end
  end
  if #forms + #numbers > 0 then
    return '{"t":"release","fn":[],"h":[' .. concat(forms, ",") .. '],"s":[' .. concat(numbers, ",") .. "]}"
  end
end

-- Give the message that gives back what was dropped, nil for nothing. It goes out after all that may mention it.
function P.release_text()
  local full = is_full(objects) or is_full(streams)
  if full then
    memory("collect")
  end
  local text
  if count > 0 then
    text = written()
  end
  if full then
    set_limit(objects)
    set_limit(streams)
  end
  return text
end

-- Streams of the kernel: called (or :next()) they wait for the next item; a for loop closes them when it is left.
local P = ...

local setmetatable, tostring, type = setmetatable, tostring, type

local WINDOW = 8 -- items the kernel may send ahead

local streams = {} -- id -> state, while open
local states = setmetatable({}, { __mode = "k" }) -- stream -> state
local STREAM = { __name = "stream", __metatable = false }
local methods = {}
STREAM.__index = methods

local function credit(state)
  local n = WINDOW - state.granted - (state.last - state.first + 1)
  if not state.done and n >= WINDOW // 2 then
    state.granted = state.granted + n
    P.post('{"t":"credit","s":' .. state.text .. ',"n":' .. n .. "}")
  end
end

local function close(state)
  if streams[state.id] then
    streams[state.id] = nil
    if not state.done then
      P.post('{"t":"release","fn":[],"h":[],"s":[' .. state.text .. "]}")
    end
    state.done = true
    state.items, state.first, state.last = {}, 1, 0
  end
end

local function take(state)
  local item = state.items[state.first]
  state.items[state.first] = nil
  state.first = state.first + 1
  return item
end

function methods.next(self)
  local state = states[self]
  if not state then
    return P.invalid("stream:next was called without its stream", { "write a colon: stream:next()" })
  elseif state.waiter then
    return P.raise("runtime", 4002, "two branches read the same stream")
  end
  if state.first > state.last and not state.done then
    credit(state)
    state.waiter = P.current_task()
    local guard <close> = state.guard
    P.park(state)
  end
  if state.first <= state.last then
    local item = take(state)
    credit(state)
    return item
  end
  local err = state.error
  if err then
    state.error = nil
    return P.rethrow(err)
  end
  return nil
end
STREAM.__call = methods.next

function methods.close(self)
  close(states[self])
end

-- Take note that nobody can read a stream any more, and tell whether the kernel has to know.
function P.forget_stream(state)
  local open = streams[state.id] ~= nil and not state.done
  streams[state.id], state.done = nil, true
  return open
end
STREAM.__close = methods.close

function STREAM.__tostring(self)
  return "stream#" .. states[self].text
end

function P.is_stream(value)
  return states[value] ~= nil
end

-- Make the Lua side of stream `id`.
function P.stream(id)
  local state = { id = id, items = {}, first = 1, last = 0, granted = 0 }
  state.text = type(id) == "string" and P.quote(id) or tostring(id)
  state.guard = setmetatable({}, {
    __close = function()
      state.waiter = nil
    end,
  })
  local stream = setmetatable({}, STREAM)
  states[stream], streams[id] = state, state
  P.forms[stream] = '{"$s":' .. state.text .. "}"
  P.watch_stream(stream, state)
  return stream
end

-- Take in an item, the end or the failure of a stream. What comes after its close is dropped.
function P.stream_item(id, value, done, err)
  local state = streams[id]
  if state then
    if done or err then
      state.done, state.error = true, err
      streams[id] = nil
    else
      state.granted = state.granted - 1
      state.last = state.last + 1
      state.items[state.last] = value
    end
    if state.waiter then
      P.wake_token(state.waiter, state, true)
    end
  end
  return P.run_queue()
end

-- print and log: messages nobody waits for, under one cap on bytes. They go to the machine's speaker at once, where it
-- has one: a script that loops for ever is heard, too.
local P = ...

local concat, select, setmetatable, tostring, type = table.concat, select, setmetatable, P.tostring, type
local find, format, math_type, rawlen, sort = string.find, string.format, math.type, rawlen, table.sort
local next, raw_metatable = next, debug.getmetatable

local MAX_DEPTH, MAX_ITEMS, MAX_TABLES = 6, 100, 1000 -- of what print shows
local NAME = "^[%a_][%w_]*$"

local written = 0

-- Post text that counts as output.
local function post(text)
  P.check_size(text)
  written = written + #text
  if written > P.limits.output then
    P.output_limit = P.limits.output
    return P.kill("output")
  end
  local speaker = P.speaker
  if not speaker then
    return P.post(text)
  elseif not speaker(text) then
    return P.kill("stopped")
  end
end

P.post_output = post

local show

-- Give the keys of a table beyond its items, in an order that is the same in every run.
local function other_keys(value, length)
  local keys, texts = {}, {}
  for key in next, value do
    if not (math_type(key) == "integer" and key >= 1 and key <= length) then
      keys[#keys + 1] = key
      texts[key] = type(key) == "number" and format("%020.6f", key) or tostring(key)
    end
  end
  sort(keys, function(one, other)
    return texts[one] < texts[other]
  end)
  return keys
end

local function show_table(value, depth, inside)
  if inside[value] or depth > MAX_DEPTH or inside.tables >= MAX_TABLES then
    return "{...}"
  end
  inside[value], inside.tables = true, inside.tables + 1
  local parts, length = {}, rawlen(value)
  for i = 1, length < MAX_ITEMS and length or MAX_ITEMS do
    parts[i] = show(value[i], depth, inside)
  end
  local keys = other_keys(value, length)
  for i = 1, #keys do
    if #parts >= MAX_ITEMS then
      break
    end
    local key = keys[i]
    local plain = type(key) == "string" and find(key, NAME)
    local name = plain and key or "[" .. show(key, depth, inside) .. "]"
    parts[#parts + 1] = name .. " = " .. show(value[key], depth, inside)
  end
  if length + #keys > #parts then
    parts[#parts + 1] = "..."
  end
  inside[value] = nil
  return #parts == 0 and "{}" or "{ " .. concat(parts, ", ") .. " }"
end

-- Write a value within a table as Lua would read it; what has a text of its own says that.
function show(value, depth, inside)
  if type(value) == "string" then
    return format("%q", value)
  elseif type(value) == "table" and raw_metatable(value) == nil then
    return show_table(value, depth + 1, inside)
  elseif type(value) == "function" and depth > 0 then
    return "function"
  end
  return tostring(value)
end

-- Unlike Lua's own, it shows what is in a table: an address helps nobody.
function P.print(...)
  local parts = { ... }
  for i = 1, select("#", ...) do
    local value = parts[i]
    parts[i] = type(value) == "string" and value or show(value, 0, { tables = 0 })
  end
  return post('{"t":"post","op":"print","args":' .. P.encode_wire({ concat(parts, "\t") }, "print") .. "}")
end

-- Send a log record; the message may be any value.
function P.write_log(level, message, meta)
  local text = P.encode_wire(type(message) == "string" and message or tostring(message), "log message")
  local data = meta ~= nil and "," .. P.encode_wire(meta, "log data") or ""
  return post(format('{"t":"post","op":"Log.%s","args":[', level) .. text .. data .. "]}")
end

local LEVELS = { trace = "trace", debug = "debug", info = "info", warn = "warn", warning = "warn", error = "error" }

-- Make the global `log`: log(level, message, data) and log.level(message, data).
function P.log_table()
  local log = {}
  for name, level in next, LEVELS do
    log[name] = function(message, data)
      return P.write_log(level, message, data)
    end
  end
  return setmetatable(log, {
    __name = "log",
    __metatable = false,
    __call = function(_, level, message, data)
      local known = type(level) == "string" and LEVELS[level]
      if not known then
        return P.invalid("log level " .. tostring(level) .. " is none of trace, debug, info, warn, error")
      end
      return P.write_log(known, message, data)
    end,
  })
end

-- print and log: messages nobody waits for, under one cap on bytes. They go to the machine's speaker at once, where it
-- has one: a script that loops for ever is heard, too.
local P = ...

local concat, select, setmetatable, tostring, type = table.concat, select, setmetatable, P.tostring, type
local format, next = string.format, next

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

-- Unlike Lua's own, it shows what is in a table: an address helps nobody.
function P.print(...)
  local parts = { ... }
  for i = 1, select("#", ...) do
    local value = parts[i]
    parts[i] = type(value) == "table" and P.raw_getmetatable(value) == nil and P.inspect(value, "line") or tostring(value)
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

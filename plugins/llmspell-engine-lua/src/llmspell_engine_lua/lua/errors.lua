-- Errors as scripts see them: tables with fields, a message for tostring, and a place in the script.
local P = ...

local find, gsub, match, sub, format = string.find, string.gsub, string.match, string.sub, string.format
local getinfo, metatable_of = debug.getinfo, debug.getmetatable
local concat = table.concat
local error, next, pcall, rawget, setmetatable = error, next, pcall, rawget, setmetatable
local math_type, tonumber, tostring, type = math.type, tonumber, P.tostring, type

local PRELUDE = "=[llmspell]"
local MAX_FRAMES = 40

local ERROR = { __name = "error", __metatable = false }
P.ERROR = ERROR
function ERROR.__tostring(self)
  return tostring(rawget(self, "message"))
end
function ERROR.__concat(left, right)
  return tostring(left) .. tostring(right)
end

-- What can be read of an error beyond its fields.
function ERROR.__index(self, name)
  if name == "recovery_strategy" then
    return rawget(self, "recoverable") and "retry" or "none"
  elseif name == "recovery_suggestion" then
    return (rawget(self, "suggestions") or {})[1]
  end
end

-- Give "file:line" of the innermost frame that belongs to the script.
function P.script_position()
  for level = 2, MAX_FRAMES do
    local frame = getinfo(level, "Sl")
    if not frame then
      return nil
    end
    if frame.what ~= "C" and frame.source ~= PRELUDE then
      return sub(frame.source, 2) .. ":" .. frame.currentline
    end
  end
end

-- Give "file:line" of a function of the script: where it begins, or the last line of a file; nil for one of ours.
function P.place_of(fn)
  local info = type(fn) == "function" and getinfo(fn, "S")
  if not info or info.what == "C" or info.source == PRELUDE then
    return nil
  end
  local line = info.linedefined
  if line == 0 then
    for active in next, getinfo(fn, "L").activelines do
      line = active > line and active or line
    end
  end
  return sub(info.source, 2) .. ":" .. line
end

-- Give the script's own frames, innermost first, or nil.
function P.script_stack()
  local lines, n = {}, 0
  for level = 2, MAX_FRAMES do
    local frame = getinfo(level, "Sln")
    if not frame then
      break
    end
    if frame.what ~= "C" and frame.source ~= PRELUDE then
      local name = frame.what == "main" and "in main chunk" or "in " .. (frame.name or "function")
      n = n + 1
      lines[n] = format("%s:%d: %s", sub(frame.source, 2), frame.currentline, name)
    end
  end
  return n > 0 and concat(lines, "\n") or nil
end

function P.make_error(fields)
  fields.message = fields.message or "unknown error"
  fields.type = fields.type or "runtime"
  fields.recoverable = fields.recoverable == true
  fields.suggestions = fields.suggestions or {}
  return setmetatable(fields, ERROR)
end

-- Raise a coded error at the place in the script that is running.
function P.raise(kind, code, message, suggestions)
  local fields = { type = kind, code = code, message = message, suggestions = suggestions, where = P.script_position() }
  return error(P.make_error(fields), 0)
end

function P.invalid(message, suggestions)
  return P.raise("validation", 2002, message, suggestions)
end

function P.exhausted(message, suggestions)
  return P.raise("resource_exhausted", 4009, message, suggestions)
end

-- Raise an error the kernel sent.
function P.rethrow(fields)
  if metatable_of(fields) ~= ERROR then
    fields = P.make_error(type(fields) == "table" and fields or { message = tostring(fields) })
    fields.where = fields.where or P.script_position()
  end
  return error(fields, 0)
end

function P.no_await_error()
  return {
    type = "runtime",
    code = 4002,
    message = "a call that waits is not possible inside tostring, table.concat, string.format, a metamethod they call, "
      .. "what coroutine.close runs, or an xpcall handler",
    suggestions = { "make the call before, and use its result there" },
  }
end

function P.no_await()
  return P.rethrow(P.no_await_error())
end

local function path_text(path)
  local text = ""
  while path do
    local key = path[2]
    if not path[1] then
      return tostring(key or "value") .. text
    end
    if type(key) == "string" and find(key, "^[%a_][%w_]*$") then
      text = "." .. key .. text
    else
      text = "[" .. (type(key) == "string" and format("%q", key) or tostring(key)) .. "]" .. text
    end
    path = path[1]
  end
  return text
end

function P.conversion_error(path, message)
  return P.raise("conversion", 4101, path_text(path) .. ": " .. message)
end

local function safe_tostring(value)
  local ok, text = pcall(tostring, value)
  return ok and text or "(" .. type(value) .. " whose __tostring failed)"
end

local function bare_type(name)
  return (gsub(name, "_error$", ""))
end

-- Lua's own words about a global that is nil say less than the list of what is not there yet.
local function told(message, where)
  local name = match(message, "^attempt to [%w ]+ a nil value %(%a+ '([%w_]+)'%)$")
  if name and P.absent[name] then
    return { type = "api_unavailable", code = 4007, message = P.absent_message(name), where = where }
  end
  return { message = message, where = where }
end

local function from_string(text)
  local where, rest = match(text, "^([^\n]-:%d+): (.*)$")
  if where and not find(where, "^%[llmspell%]") then
    return told(rest, where)
  end
  return told((gsub(text, "^%[llmspell%]:%d+: ", "")))
end

local FIELDS = {
  "type", "message", "code", "recoverable", "suggestions", "trace_id", "where", "context", "retry_after",
}

local function from_table(value)
  local fields = {}
  for i = 1, #FIELDS do
    local name = FIELDS[i]
    local ok, item = pcall(function()
      return value[name]
    end)
    if ok then
      fields[name] = item
    end
  end
  if type(fields.message) ~= "string" then
    local inner = value.error
    fields.message = type(inner) == "string" and inner or safe_tostring(value)
    if find(fields.message, "^table: ") then
      fields.message = "the script raised a table without a message"
    end
  end
  return fields
end

local function typed(value, kind)
  return type(value) == kind and value or nil
end

-- Turn any thrown value into the fields of an error; never raises.
function P.parse_error(value)
  local fields
  if type(value) == "string" then
    fields = from_string(value)
  elseif type(value) == "table" then
    local ok, result = pcall(from_table, value)
    fields = ok and result or { message = "the script raised a table that cannot be read" }
  elseif value == nil then
    fields = { message = "the script raised nil" }
  else
    fields = { message = safe_tostring(value) }
  end
  fields.type = bare_type(typed(fields.type, "string") or "runtime")
  fields.code = math_type(fields.code) == "integer" and fields.code or typed(fields.code, "string")
  if fields.type == "runtime" and not fields.code then
    fields.code = 4002
  end
  fields.recoverable = fields.recoverable == true
  fields.suggestions = typed(fields.suggestions, "table") or {}
  if next(fields.suggestions) == nil then
    P.list_marks[fields.suggestions] = true
  end
  fields.trace_id = typed(fields.trace_id, "string")
  fields.where = typed(fields.where, "string")
  fields.category = fields.type
  return P.make_error(fields)
end

-- Tell whether an error is of a type, or of one of a list of types, each with or without `_error`.
function P.is_error(value, types)
  local kind = P.parse_error(value).type
  local list = type(types) == "table" and types or { types }
  for i = 1, #list do
    if type(list[i]) == "string" and bare_type(list[i]) == kind then
      return true
    end
  end
  return false
end

P.WAIT_HINT = "API calls wait by themselves: leave the word out, or call coroutine.yield(...)"
local HINTS = {
  { "'}' expected .-near ':'", nil, 'Lua tables are written { A = "B" } or { ["A"] = "B" }' },
  { "near '[-+*/]'", "[-+*/]=", "Lua has no +=; write x = x + 1" },
  { "", "[=%s(]yield%s+[%a_]", P.WAIT_HINT },
  { "", "[=%s(]await%s+[%a_]", P.WAIT_HINT },
  { "unexpected symbol near '!'", nil, "Lua writes ~= and not, where other languages write != and !" },
}

local function line_of(source, number)
  local at = 1
  for _ = 2, number do
    at = find(source, "\n", at, true)
    if not at then
      return ""
    end
    at = at + 1
  end
  return sub(source, at, (find(source, "\n", at, true) or #source + 1) - 1)
end

-- Turn the compiler's message into an error with place and, for usual slips, a hint.
function P.syntax_error(message, source)
  local where, rest = match(message, "^([^\n]-:%d+): (.*)$")
  local line = line_of(source, tonumber(match(where or "", ":(%d+)$") or "1"))
  local suggestions = {}
  for i = 1, #HINTS do
    local hint = HINTS[i]
    if find(message, hint[1]) and (not hint[2] or find(" " .. line, hint[2])) then
      suggestions[#suggestions + 1] = hint[3]
    end
  end
  local fields = { type = "syntax", code = 4001, message = rest or message, where = where, suggestions = suggestions }
  return P.make_error(fields)
end

local function encode_or_nil(value)
  local ok, text = pcall(P.encode_wire, value, "error")
  return ok and text or nil
end

-- Give the frames of where an error comes from, when that was another function of a script, above those of this one.
local function whole_stack(value, stack)
  local before = metatable_of(value) == ERROR and typed(rawget(value, "stack"), "string")
  return before and (stack and before .. "\n" .. stack or before) or stack
end

-- Encode an error for the wire: its fields, the script's stack, and the thrown value when it was no plain string.
function P.encode_error(value, stack)
  local fields = P.parse_error(value)
  stack = whole_stack(value, stack)
  fields.where = fields.where or stack and match(stack, "^(.-:%d+): ")
  local parts, n = {}, 0
  for i = 1, #FIELDS do
    local item = rawget(fields, FIELDS[i])
    local text = item ~= nil and encode_or_nil(item)
    if text then
      n = n + 1
      parts[n] = '"' .. FIELDS[i] .. '":' .. text
    end
  end
  if stack then
    parts[#parts + 1] = '"stack":' .. (encode_or_nil(stack) or '""')
  end
  if type(value) ~= "string" and metatable_of(value) ~= ERROR then
    parts[#parts + 1] = '"value":' .. (encode_or_nil(value) or "null")
  end
  return "{" .. concat(parts, ",") .. "}"
end

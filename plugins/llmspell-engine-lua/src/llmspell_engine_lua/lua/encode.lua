-- Encode Lua values as JSON text: once for the wire (value forms), once for the script's own JSON.encode. Everything
-- is captured in locals: a script that replaces string or table functions does not reach this file.
local P = ...

local byte, find, format, gsub = string.byte, string.find, string.format, string.gsub
local concat, sort = table.concat, table.sort
local utf8_len = utf8.len
local math_type, tostring, type, next, rawget = math.type, tostring, type, next, rawget
local rawequal, tonumber = rawequal, tonumber

local MAX_DEPTH = 64
local MAX_VALUES = 100000 -- of one message, as the wire has it
local null, forms = P.null, P.forms
local HUGE = math.huge
-- What a string must have none of to be its own JSON text: all but printable ASCII without quote and backslash. A range
-- of a Lua pattern takes no escaped end.
local NOT_PLAIN = "[^_-~#-[ !%]^]"

-- Tables that stay lists when they are empty: Lua has one empty table, JSON has two.
local list_marks = setmetatable({}, { __mode = "k" })
P.list_marks = list_marks

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\b"] = "\\b", ["\f"] = "\\f",
}
for code = 0, 31 do
  local char = string.char(code)
  ESCAPES[char] = ESCAPES[char] or format("\\u%04x", code)
end
ESCAPES["\127"] = "\\u007f"

local function quote(text)
  if find(text, '[%c"\\]') then
    text = gsub(text, '[%c"\\]', ESCAPES)
  end
  return '"' .. text .. '"'
end
P.quote = quote

local function number_text(value, path)
  if math_type(value) == "integer" then
    return tostring(value)
  end
  if value ~= value or value == HUGE or value == -HUGE then
    P.conversion_error(path, (value ~= value and "NaN" or "infinity") .. " has no JSON form")
  end
  local text = format("%.15g", value)
  if tonumber(text) ~= value then
    text = format("%.17g", value)
  end
  -- 1.0 and 1 stay apart.
  return find(text, "[.eE]") and text or text .. ".0"
end

-- Refuse a table for the kind of its keys; of several kinds it names the same one in every run.
local function refuse_keys(value, path)
  local worst
  for key in next, value do
    local kind = math_type(key) == "integer" and "string" or type(key)
    if kind ~= "string" and (not worst or kind < worst) then
      worst = kind
    end
  end
  return P.conversion_error(path, "a " .. worst .. " cannot be the key of a table that crosses (use strings or 1..n)")
end

-- Tell a list (and its length) from a map: a list has the keys 1..n, holes allowed while at most half of it is missing.
local function shape(value, path)
  local count, top, names = 0, 0, 0
  for key in next, value do
    local kind = type(key)
    if kind == "string" then
      names = names + 1
    elseif math_type(key) == "integer" then
      count = count + 1
      if key < 1 then
        top = HUGE
      elseif key > top then
        top = key
      end
    else
      return refuse_keys(value, path)
    end
  end
  if count == 0 then
    return nil
  end
  if names > 0 then
    P.conversion_error(path, "a table has both list items and named keys: use one or the other")
  end
  if top <= 2 * count then
    return top
  end
  return nil
end

-- Give the names of a map that has nothing else, and their number; nil for a table with another kind of key, or none.
local function only_names(value)
  local keys, n = {}, 0
  for key in next, value do
    if type(key) ~= "string" then
      return nil
    end
    n = n + 1
    keys[n] = key
  end
  if n > 0 then
    return keys, n
  end
end

local function all_names(value)
  local keys, n = {}, 0
  for key in next, value do
    n = n + 1
    keys[n] = type(key) == "string" and key or tostring(key)
  end
  return keys, n
end

-- Give a memory of what keys become, colon and all: the same few come again and again. It forgets all at its bound.
local MAX_NAMES = 512
local function new_names(wire)
  local made, count = {}, 0
  return function(key, path)
    local text = made[key]
    if text then
      return text
    end
    if not utf8_len(key) then
      P.conversion_error(path, "a key that is not valid UTF-8 cannot cross")
    end
    text = quote(wire and byte(key) == 36 and "$" .. key or key) .. ":"
    if count >= MAX_NAMES then
      made, count = {}, 0
    end
    if #key <= 64 then
      made[key], count = text, count + 1
    end
    return text
  end
end

-- `wire` says which forms exist: on the wire functions, handles and bytes have one, in JSON they are errors.
local function new_encoder(wire)
  local encode
  local name_text = new_names(wire)
  local count, limit = 0, wire and MAX_VALUES or HUGE

  local function text(value, path)
    if utf8_len(value) then
      return quote(value)
    elseif wire then
      return '{"$b":"' .. P.base64_encode(value) .. '"}'
    end
    return P.conversion_error(path, "a string that is not valid UTF-8 has no JSON form")
  end

  local function encode_list(value, n, path, depth, seen)
    local parts = {}
    for i = 1, n do
      local item = rawget(value, i)
      parts[i] = item == nil and "null" or encode(item, path, i, depth, seen)
    end
    return "[" .. concat(parts, ",") .. "]"
  end

  -- `keys` are the names of a map as text, which become its parts.
  local function encode_map(value, keys, n, path, depth, seen)
    if n > 1 then
      sort(keys)
    end
    for i = 1, n do
      local key = keys[i]
      local item = rawget(value, key)
      if item == nil then
        item = rawget(value, tonumber(key))
      end
      local name, kind = name_text(key, path), type(item)
      if kind == "string" and not find(item, NOT_PLAIN) then
        count = count + 1
        keys[i] = name .. '"' .. item .. '"'
      else
        keys[i] = name .. encode(item, path, key, depth, seen)
      end
    end
    return "{" .. concat(keys, ",") .. "}"
  end

  local function encode_table(value, path, depth, seen)
    if rawequal(value, null) then
      return "null"
    end
    local form = forms[value]
    if form then
      return wire and form or P.conversion_error(path, "a handle has no JSON form")
    end
    if seen[value] then
      P.conversion_error(path, "a table contains itself")
    end
    if depth >= MAX_DEPTH then
      P.conversion_error(path, "nested deeper than " .. MAX_DEPTH .. " tables")
    end
    seen[value] = true
    local out
    local keys, n = only_names(value)
    if not keys then
      n = next(value) == nil and list_marks[value] and 0 or shape(value, path)
      if n then
        out = encode_list(value, n, path, depth + 1, seen)
      else
        keys, n = all_names(value)
      end
    end
    out = out or encode_map(value, keys, n, path, depth + 1, seen)
    seen[value] = nil
    return out
  end

  -- The path is a linked list, spelled out only when something is wrong.
  function encode(value, parent, key, depth, seen)
    local kind = type(value)
    count = count + 1
    if count > limit then
      P.exhausted("more than " .. limit .. " values in one message", { "send them in parts, or as JSON text" })
    end
    if kind == "string" then
      if not find(value, NOT_PLAIN) then
        return '"' .. value .. '"'
      end
      return text(value, { parent, key })
    elseif kind == "number" then
      local text = tostring(value) -- fourteen digits, or a whole number with its `.0`: enough for most
      if math_type(value) == "integer" or value - value == 0 and tonumber(text) == value then
        return text
      end
      return number_text(value, { parent, key })
    elseif kind == "boolean" then
      return value and "true" or "false"
    elseif kind == "table" then
      return encode_table(value, { parent, key }, depth, seen)
    elseif kind == "nil" then
      return "null"
    elseif kind == "function" and wire then
      return forms[value] or P.callback_form(value)
    end
    return P.conversion_error({ parent, key }, "a " .. kind .. " cannot cross out of a script")
  end

  -- `more` says that the value shares a message with the one before.
  return function(value, root, more)
    count = more and count or 0
    return encode(value, nil, root, 0, {})
  end
end

P.encode_wire = new_encoder(true)
P.encode_plain = new_encoder(false)

local encode_wire = P.encode_wire

-- Give the JSON text of what needs no look inside and cannot fail, nil for everything else.
local function scalar(value)
  local kind = type(value)
  if kind == "string" then
    return not find(value, NOT_PLAIN) and '"' .. value .. '"' or nil
  elseif kind == "number" then
    return math_type(value) == "integer" and tostring(value) or nil
  elseif kind == "boolean" then
    return value and "true" or "false"
  end
end

local function encode_each(op, n, ...)
  local parts = { ... }
  for i = 1, n do
    local value = parts[i]
    parts[i] = value == nil and "null" or encode_wire(value, op .. " argument " .. i, i > 1)
  end
  return "[" .. concat(parts, ",") .. "]"
end

-- Encode the arguments of `op` as a JSON list.
function P.encode_args(op, n, ...)
  if n == 1 then
    local text = scalar(...)
    return "[" .. (text or encode_wire(..., op .. " argument 1")) .. "]"
  elseif n == 2 then
    local first, second = ...
    local one, other = scalar(first), scalar(second)
    if one and other then
      return "[" .. one .. "," .. other .. "]"
    end
  elseif n == 0 then
    return "[]"
  end
  return encode_each(op, n, ...)
end

-- Decode JSON text: for the wire (value forms become handles, streams, functions, bytes) and for JSON.decode.
local P = ...

local byte, find, format, match, sub = string.byte, string.find, string.format, string.match, string.sub
local utf8_char, concat, next = utf8.char, table.concat, next
local math_type, tonumber, tostring, error, type = math.type, tonumber, tostring, error, type

local MAX_DEPTH = 512
local null, list_marks = P.null, P.list_marks
local SYNTAX = {}

local function fault(text, at, message)
  local line, last = 1, 0
  for stop in string.gmatch(sub(text, 1, at), "()\n") do
    line, last = line + 1, stop
  end
  error({ SYNTAX, format("JSON: %s at line %d column %d", message, line, at - last) }, 0)
end

-- What follows a backslash, by its byte.
local SIMPLE = {
  [34] = '"', [92] = "\\", [47] = "/", [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r", [116] = "\t",
}

-- Read the escape whose backslash is at `at`; give its text and the position after it.
local function escape(text, at)
  local simple = SIMPLE[byte(text, at + 1)]
  if simple then
    return simple, at + 2
  end
  local high = match(text, "^\\u(%x%x%x%x)", at)
  if not high then
    fault(text, at, "bad escape")
  end
  local code = tonumber(high, 16)
  if code >= 0xD800 and code < 0xDC00 then
    local low = tonumber(match(text, "^\\u([Dd][C-Fc-f]%x%x)", at + 6) or "0", 16)
    if low > 0 then
      return utf8_char(0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)), at + 12
    end
  end
  if code >= 0xD800 and code < 0xE000 then
    fault(text, at, "half a surrogate pair, which is no character,")
  end
  return utf8_char(code), at + 6
end

local function read_string(text, at)
  local start = at + 1
  local stop = find(text, '["\\]', start)
  if stop and byte(text, stop) == 34 then
    return sub(text, start, stop - 1), stop + 1
  end
  local parts, n = {}, 0
  while stop do
    n = n + 1
    parts[n] = sub(text, start, stop - 1)
    if byte(text, stop) == 34 then
      return concat(parts), stop + 1
    end
    n = n + 1
    parts[n], start = escape(text, stop)
    stop = find(text, '["\\]', start)
  end
  return fault(text, at, "unfinished string")
end

local function read_number(text, at)
  local literal = match(text, "^-?%d+[%d.eE+-]*", at)
  local value = literal and tonumber(literal)
  if not value or find(literal, "^-?0%d") or find(literal, "%.$") or find(literal, "%.[eE]") then
    fault(text, at, "bad value")
  end
  if math_type(value) == "float" and not find(literal, "[.eE]") then
    error({ SYNTAX, "the integer " .. literal .. " does not fit in 64 bits" }, 0)
  end
  return value, at + #literal
end

local WORDS = { t = { "true", true }, f = { "false", false }, n = { "null", null } }

local function read_word(text, at)
  local word = WORDS[sub(text, at, at)]
  if not word or sub(text, at, at + #word[1] - 1) ~= word[1] then
    fault(text, at, at > #text and "unexpected end" or "unexpected character")
  end
  return word[2], at + #word[1]
end

-- A map of the wire whose first key starts with "$" is a value form, or a user's map whose keys were escaped.
local function unescape(map)
  local out = {}
  for key, value in next, map do
    out[byte(key) == 36 and sub(key, 2) or key] = value
  end
  return out
end

local function decode_form(map)
  if map["$h"] and map["$h"][1] == "function" then
    return P.foreign_function(map["$h"][2])
  elseif map["$h"] then
    return P.handle(map["$h"][1], map["$h"][2], map["$v"])
  elseif map["$fn"] then
    return P.callbacks[map["$fn"]]
  elseif map["$s"] then
    return P.stream(map["$s"])
  elseif map["$b"] then
    return P.base64_decode(map["$b"])
  elseif map["$d"] then
    return map["$d"]
  elseif map["$i"] then
    local value = math.tointeger(tonumber(map["$i"]))
    if not value or tostring(value) ~= map["$i"] then
      error({ SYNTAX, "the integer " .. tostring(map["$i"]) .. " does not fit in 64 bits" }, 0)
    end
    return value
  end
  return unescape(map)
end

local function new_decoder(wire)
  local read

  local function read_list(text, at, depth)
    local list, n = {}, 0
    at = find(text, "[^ \n\r\t]", at + 1)
    if byte(text, at or 0) == 93 then
      list_marks[list] = true
      return list, at + 1
    end
    while at do
      n = n + 1
      list[n], at = read(text, at, depth)
      at = find(text, "[^ \n\r\t]", at)
      local char_code = byte(text, at or 0)
      if char_code == 93 then
        return list, at + 1
      elseif char_code ~= 44 then
        break
      end
      at = find(text, "[^ \n\r\t]", at + 1)
    end
    return fault(text, at or #text, "expected ',' or ']'")
  end

  local function read_map(text, at, depth)
    local map, special = {}, false
    at = find(text, "[^ \n\r\t]", at + 1)
    if byte(text, at or 0) == 125 then
      return map, at + 1
    end
    while at and byte(text, at) == 34 do
      local key, value
      key, at = read_string(text, at)
      at = find(text, "[^ \n\r\t]", at)
      if byte(text, at or 0) ~= 58 then
        break
      end
      value, at = read(text, find(text, "[^ \n\r\t]", at + 1) or #text + 1, depth)
      if value ~= null then
        map[key] = value
      end
      special = special or wire and byte(key) == 36
      at = find(text, "[^ \n\r\t]", at)
      local char_code = byte(text, at or 0)
      if char_code == 125 then
        if special then
          map = decode_form(map)
        end
        return map, at + 1
      elseif char_code ~= 44 then
        break
      end
      at = find(text, "[^ \n\r\t]", at + 1)
    end
    return fault(text, at or #text, "expected a key, ':', ',' or '}'")
  end

  function read(text, at, depth)
    local code = byte(text, at)
    if code == 34 then
      return read_string(text, at)
    elseif code == 123 or code == 91 then
      if depth >= MAX_DEPTH then
        fault(text, at, "nested too deep")
      end
      if code == 123 then
        return read_map(text, at, depth + 1)
      end
      return read_list(text, at, depth + 1)
    elseif code and (code == 45 or code >= 48 and code <= 57) then
      return read_number(text, at)
    end
    return read_word(text, at)
  end

  return function(text)
    local at = find(text, "[^ \n\r\t]") or 1
    local value
    value, at = read(text, at, 0)
    at = find(text, "[^ \n\r\t]", at)
    if at then
      fault(text, at, "unexpected text after the value")
    end
    return value
  end
end

P.decode_wire = new_decoder(true)
P.decode_plain = new_decoder(false)

-- Give the message of a decoding fault, nil for any other error value.
function P.decode_fault(err)
  return type(err) == "table" and err[1] == SYNTAX and err[2] or nil
end

-- The namespaces this engine implements itself: JSON and the parsing half of ErrorHandler.
local P = ...

local byte, concat, find, rep, sub = string.byte, table.concat, string.find, string.rep, string.sub
local error, type = error, type

local MAX_INDENT = 16

local function string_end(text, at)
  local stop = find(text, '["\\]', at + 1)
  while byte(text, stop) == 92 do
    stop = find(text, '["\\]', stop + 2)
  end
  return stop
end

-- Spread compact JSON text over lines.
local function indent_text(text, step)
  local out, level, at, size = {}, 0, 1, #text
  while at <= size do
    local char, stop = sub(text, at, at), at
    local piece = char
    if char == '"' then
      stop = string_end(text, at)
      piece = sub(text, at, stop)
    elseif find(text, "^[%[{][%]}]", at) then
      stop = at + 1
      piece = sub(text, at, stop)
    elseif char == "{" or char == "[" then
      level = level + 1
      piece = char .. "\n" .. rep(step, level)
    elseif char == "}" or char == "]" then
      level = level - 1
      piece = "\n" .. rep(step, level) .. char
    elseif char == "," then
      piece = ",\n" .. rep(step, level)
    elseif char == ":" then
      piece = ": "
    end
    out[#out + 1] = piece
    at = stop + 1
  end
  return concat(out)
end

local function indent_step(options, indent)
  if type(options) == "table" then
    indent = options.indent or options.pretty and 2
  elseif options == true then
    indent = 2
  end
  if type(indent) == "number" and indent > 0 then
    return rep(" ", indent < MAX_INDENT and indent or MAX_INDENT)
  elseif type(indent) == "string" and #indent > 0 then
    return sub(indent, 1, MAX_INDENT)
  end
end

-- Give JSON text; `{pretty=true}`, `{indent=n}` or, as in JavaScript, a third argument spread it over lines.
local function encode(value, options, indent)
  local text = P.encode_plain(value, "value")
  local step = indent_step(options, indent)
  return step and indent_text(text, step) or text
end

local function decode(text)
  if type(text) ~= "string" then
    return P.invalid("JSON.decode takes a string, not a " .. type(text))
  end
  local ok, value = P.raw_pcall(P.decode_plain, text)
  if ok then
    return value
  end
  local message = P.decode_fault(value)
  if message then
    return P.invalid(message)
  end
  return error(value, 0)
end

local JSON = { encode = encode, stringify = encode, decode = decode, parse = decode, null = P.null }

-- Mark a table as a list, so that it stays one when it is empty.
function JSON.array(list)
  list = list or {}
  P.list_marks[list] = true
  return list
end

P.locals.JSON = JSON
P.locals.ErrorHandler = { parse = P.parse_error, parse_error = P.parse_error, is = P.is_error }

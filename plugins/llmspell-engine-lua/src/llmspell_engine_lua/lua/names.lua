-- tostring without addresses: a table, function, thread or userdata is named by its kind and a number. Numbers are given
-- in the order in which a script asks, so they are the same in every run; the same value keeps its number.
local P = ...

local find, format, gmatch, gsub = string.find, string.format, string.gmatch, string.gsub
local metatable_of, tostring = debug.getmetatable, tostring
P.raw_getmetatable = metatable_of
local error, pcall, rawget, select, setmetatable, type = error, pcall, rawget, select, setmetatable, type
local unpack = table.unpack

local NAMED = { table = true, ["function"] = true, thread = true, userdata = true }

local numbers, last = setmetatable({}, { __mode = "k" }), 0
P.numbers = numbers

-- Give the number of an object. What stands for something of the kernel's has one by its form: when it comes anew after
-- it was collected, nobody can tell.
local function number_of(value)
  local key = P.forms[value] or value
  local number = numbers[key]
  if not number then
    last = last + 1
    number = last
    numbers[key] = number
  end
  return number
end
P.number_of = number_of

function P.tostring(...)
  local value = ...
  local kind = type(value)
  if not NAMED[kind] then
    if select("#", ...) == 0 then
      return error("bad argument #1 to 'tostring' (value expected)", 2)
    end
    return tostring(value)
  end
  local mt = metatable_of(value)
  if mt and rawget(mt, "__tostring") ~= nil then
    return tostring(value)
  end
  local name = mt and rawget(mt, "__name")
  return (type(name) == "string" and name or kind) .. ": " .. number_of(value)
end

-- What the C function complains of has no place yet, since pcall called it.
local function formatted(ok, text)
  if ok then
    return text
  end
  if type(text) == "string" and (find(text, "^bad argument") or find(text, "^invalid")) then
    return error((gsub(text, "'string.format'", "'format'")), 2) -- this was a tail call: two is the script
  end
  return error(text, 0)
end

-- string.format, whose %s names values as tostring does. %p would show an address.
function P.format(pattern, ...)
  local count = select("#", ...)
  local plain = type(pattern) ~= "string" or not find(pattern, "p", 1, true)
  for i = 1, count do
    plain = plain and not NAMED[type((select(i, ...)))]
  end
  if plain then
    return formatted(pcall(format, pattern, ...))
  end
  local arguments, at = { ... }, 0
  for letter in gmatch(pattern, "%%[-+ #0-9.]*(.)") do
    if letter ~= "%" then
      at = at + 1
      if letter == "p" then
        return error("string.format: %p shows an address, and a spell sees none; use %s", 2)
      elseif letter == "s" and NAMED[type(arguments[at])] then
        arguments[at] = P.tostring(arguments[at])
      end
    end
  end
  return formatted(pcall(format, pattern, unpack(arguments, 1, count)))
end

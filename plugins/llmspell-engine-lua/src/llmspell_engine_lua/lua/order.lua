-- The keys of a table in an order that neither Lua's hash seed nor an address has a part in: numbers, strings, false
-- and true, then objects. Objects that have a number come by it; others by what can be told of them, and are numbered
-- then. Two that are alike in everything, such as empty tables, come in any order.
local P = ...

local concat, dump, move, sort = table.concat, string.dump, table.move, table.sort
local math_type = math.type
local getinfo, getupvalue = debug.getinfo, debug.getupvalue
local next, rawequal, rawget, setmetatable, tostring, type = next, rawequal, rawget, setmetatable, tostring, type
local error = error
local number_of, numbers = P.number_of, P.numbers

local SCALARS = { number = true, string = true, boolean = true }

-- Tell of a value what is the same in every run.
local function told(value)
  local kind = type(value)
  return kind .. " " .. (SCALARS[kind] and tostring(value) or tostring(numbers[P.forms[value] or value]))
end

-- Describe a table by its fields.
local function fields_text(value)
  local parts, n = {}, 0
  for key, item in next, value do
    n = n + 1
    parts[n] = told(key) .. "=" .. told(item)
  end
  sort(parts)
  return concat(parts, "\n")
end

local library = setmetatable({}, { __mode = "k" }) -- function of C -> its name

-- Remember the names of what a library has: Lua knows none of its own functions.
function P.name_library(prefix, functions)
  for name, item in next, functions do
    if type(item) == "function" then
      library[item] = prefix .. name
    end
  end
end

-- Describe a function by its code, with where it was written, and what it closes over.
local function closure_text(fn)
  if library[fn] then
    return library[fn]
  end
  local info = getinfo(fn, "Su")
  local text = info.what == "C" and "" or dump(fn)
  for i = 1, info.nups do
    local _, value = getupvalue(fn, i)
    text = text .. "\n" .. (value == nil and "nil" or told(value))
  end
  return text
end

-- Describe an object that is a key; `item` is what stands under it.
local function description(key, item)
  local kind, text = type(key), ""
  if P.forms[key] then
    text = P.forms[key]
  elseif kind == "function" then
    text = closure_text(key)
  elseif kind == "table" then
    text = fields_text(key)
  end
  return kind .. " " .. text .. "\n" .. told(item)
end

local function by_number(a, b)
  return numbers[P.forms[a] or a] < numbers[P.forms[b] or b]
end

-- Number the objects that have no number yet, in the order of their descriptions, and sort them all.
local function sort_objects(objects, n, value)
  local texts, fresh, new = {}, {}, 0
  for i = 1, n do
    local key = objects[i]
    if not numbers[P.forms[key] or key] then
      new = new + 1
      fresh[new], texts[key] = key, description(key, rawget(value, key))
    end
  end
  sort(fresh, function(a, b)
    return texts[a] < texts[b]
  end)
  for i = 1, new do
    number_of(fresh[i])
  end
  sort(objects, by_number)
end

-- Sort keys of which some are no names, and put the names in between.
local function merged(value, names, named, others, n)
  local keys, last, truths, objects, count = {}, 0, 0, {}, 0
  for i = 1, n do
    local key = others[i]
    local kind = type(key)
    if kind == "number" then
      last = last + 1
      keys[last] = key
    elseif kind == "boolean" then
      truths = truths + (key and 2 or 1)
    else
      count = count + 1
      objects[count] = key
    end
  end
  sort(keys)
  move(names, 1, named, last + 1, keys)
  last = last + named
  if truths % 2 == 1 then
    last = last + 1
    keys[last] = false
  end
  if truths >= 2 then
    last = last + 1
    keys[last] = true
  end
  if count > 0 then
    sort_objects(objects, count, value)
  end
  move(objects, 1, count, last + 1, keys)
  return keys, last + count
end

-- Give the keys of a table in their order, and how many there are; without those of the list 1..`from`, if that is said.
function P.ordered_keys(value, from)
  local names, named = {}, 0
  local others, n
  for key in next, value do
    if type(key) == "string" then
      named = named + 1
      names[named] = key
    elseif not from or math_type(key) ~= "integer" or key < 1 or key > from then
      others, n = others or {}, (n or 0) + 1
      others[n] = key
    end
  end
  if named > 1 then
    sort(names)
  end
  if others then
    return merged(value, names, named, others, n)
  end
  return names, named
end

-- The order in which a table is being walked: kept as long as the table, made anew when a walk begins or when a walk
-- comes from a key that the table did not have when it was made.
local orders = setmetatable({}, { __mode = "k" })

local function comes_before(key, other)
  local kind, least = type(key), type(other)
  if kind == least then
    return kind == "boolean" and other or kind ~= "boolean" and key < other
  end
  return kind == "number" or least ~= "number" and kind == "string"
end

-- Give the first key of a table, or nil; scalars need no sorting for that.
local function first_of(value)
  local first
  for key in next, value do
    if SCALARS[type(key)] and (first == nil or comes_before(key, first)) then
      first = key
    end
  end
  if first == nil and next(value) ~= nil then
    return P.ordered_keys(value)[1]
  end
  return first
end

local function new_order(value, from)
  local keys, n
  if rawget(value, from) == nil then -- it was taken out while it was visited; its place still counts
    local whole = { [from] = true }
    for key, item in next, value do
      whole[key] = item
    end
    keys, n = P.ordered_keys(whole)
  else
    keys, n = P.ordered_keys(value)
  end
  local places = {}
  for i = 1, n do
    places[keys[i]] = i
  end
  local made = { keys = keys, n = n, places = places }
  orders[value] = made
  return made
end

-- `next`, in order. Assigning nil to a field that is there is allowed during a walk, as ever.
local function ordered_next(value, key)
  if type(value) ~= "table" then
    return error("bad argument #1 to 'for iterator' (table expected, got " .. type(value) .. ")", 2)
  elseif rawequal(key, nil) then
    orders[value] = nil
    local first = first_of(value)
    if first ~= nil then
      return first, rawget(value, first)
    end
    return nil
  end
  local order = orders[value]
  local at = order and order.places[key]
  if not at then
    order = new_order(value, key)
    at = order.places[key]
  end
  for i = at + 1, order.n do
    local item = rawget(value, order.keys[i])
    if item ~= nil then
      return order.keys[i], item
    end
  end
  return nil
end

P.next = next -- what walks the tables of a script: in order when the spell is durable
P.ordered_next = ordered_next

function P.ordered_pairs(...)
  local value = ...
  local mt = P.raw_getmetatable(value)
  local own = mt and rawget(mt, "__pairs")
  if own ~= nil then
    local iterator, state, first = own(value)
    return iterator, state, first
  elseif type(value) ~= "table" then
    return error("bad argument #1 to 'for iterator' (table expected, got " .. type(value) .. ")", 2)
  end
  return ordered_next, value, nil
end

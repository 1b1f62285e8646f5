-- Values as text for people: keys in order, no address, no metamethod of the script but __tostring, and no more than a
-- person reads.
local P = ...

local concat = table.concat
local find, format, gsub, rep = string.find, string.format, string.gsub, string.rep
local rawlen, next, tostring, type = rawlen, next, P.tostring, type
local raw_getmetatable = debug.getmetatable

local WIDTH = 72
local MAX_ITEMS, MAX_DEPTH, MAX_TABLES = 100, 6, 1000
local WORDS = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil not or repeat return "
  .. "then true until while", "%a+") do
  WORDS[word] = true
end

local function quoted(text)
  return (gsub(gsub(format("%q", text), "\\\n", "\\n"), "\r", "\\r"))
end

local function key_text(key)
  if type(key) == "string" then
    return find(key, "^[%a_][%w_]*$") and not WORDS[key] and key or "[" .. quoted(key) .. "]"
  end
  return "[" .. tostring(key) .. "]"
end

local function own_text(value)
  local mt = raw_getmetatable(value)
  if type(mt) == "table" and (mt.__tostring or P.forms[value]) then
    local ok, text = P.raw_pcall(tostring, value)
    return ok and text or "(" .. type(value) .. " whose __tostring failed)"
  end
end

local show

local function parts_of(value, depth, state)
  local parts, length = {}, rawlen(value)
  for i = 1, length < MAX_ITEMS and length or MAX_ITEMS do
    parts[i] = show(value[i], depth + 1, state)
  end
  local keys, count = P.ordered_keys(value, length)
  for i = 1, count do
    if #parts >= MAX_ITEMS then
      break
    end
    parts[#parts + 1] = key_text(keys[i]) .. " = " .. show(value[keys[i]], depth + 1, state)
  end
  local left = length + count - #parts
  if left > 0 then
    parts[#parts + 1] = "... " .. left .. " more"
  end
  return parts
end

local function show_table(value, depth, state)
  if state.inside[value] then
    return "<cycle>"
  elseif next(value) == nil then
    return "{}"
  elseif depth >= MAX_DEPTH or state.tables >= MAX_TABLES then
    return "{...}"
  end
  state.inside[value], state.tables = true, state.tables + 1
  local parts = parts_of(P.raw_snapshot(value), depth, state)
  state.inside[value] = nil
  local line = "{ " .. concat(parts, ", ") .. " }"
  local fits = state.layout == "line" or #line <= WIDTH and not find(line, "\n")
  if fits and not (state.layout == "broken" and depth == 0) then
    return line
  end
  local margin = rep("  ", depth + 1)
  return "{\n" .. margin .. concat(parts, ",\n" .. margin) .. "\n" .. rep("  ", depth) .. "}"
end

function show(value, depth, state)
  local kind = type(value)
  if kind == "string" then
    return quoted(value)
  elseif kind == "function" and depth > 0 then
    return "function"
  elseif kind ~= "table" then
    return tostring(value)
  end
  return own_text(value) or show_table(value, depth, state)
end

-- A table as it is, without the metamethods of the script.
function P.raw_snapshot(value)
  if not raw_getmetatable(value) then
    return value
  end
  local plain = {}
  for key, item in next, value do
    plain[key] = item
  end
  return plain
end

-- Write a value. A table is on one line where it fits, always with the layout `line`; with `broken` every item of it is
-- on a line of its own.
function P.inspect(value, layout)
  return show(value, 0, { inside = {}, tables = 0, layout = layout })
end

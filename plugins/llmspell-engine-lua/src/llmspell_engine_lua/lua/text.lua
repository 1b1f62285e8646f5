-- The string library of scripts: C functions with bounds, and gsub with functions that may wait.
local P = ...

local byte, find, format, gmatch = string.byte, string.find, string.format, string.gmatch
local gsub, match, rep, sub = string.gsub, string.match, string.rep, string.sub
local concat = table.concat
local error, select, tonumber, tostring, type = error, select, tonumber, tostring, type

local MAX_OPTIONAL = 20 -- `a?` items: each doubles the work of a match that fails
local MAX_REPEATS = 64
local MAX_NEEDLE_WORK = 10000000000

local good_patterns, good_count = {}, 0

local function too_complex(message)
  return P.exhausted(message, { "match in smaller steps" })
end

-- A match cannot be stopped from inside, so patterns that explode are refused before they start.
local function check_pattern(pattern)
  if type(pattern) ~= "string" or good_patterns[pattern] then
    return
  end
  local plain = gsub(pattern, "%%.", "x")
  local optional = select(2, gsub(plain, "%?", ""))
  local repeats = select(2, gsub(plain, "[*+-]", ""))
  if optional > MAX_OPTIONAL or repeats > MAX_REPEATS then
    return too_complex(format("the pattern has too many repetitions: %d optional and %d others", optional, repeats))
  end
  if good_count > 1000 then
    good_patterns, good_count = {}, 0
  end
  good_patterns[pattern], good_count = true, good_count + 1
end

P.check_pattern = check_pattern

local function check_needle(text, needle)
  if type(text) == "string" and type(needle) == "string" and #needle > 65536 and #needle * #text > MAX_NEEDLE_WORK then
    return too_complex("searching " .. #needle .. " bytes in " .. #text .. " bytes is too much work")
  end
end

-- gsub for replacements that run Lua code of the script: here that code may wait.
local function replace_by(text, pattern, replacement, limit)
  local out, n, count, at, last = {}, 0, 0, 1, nil
  local call = type(replacement) == "function"
  local anchored = byte(pattern) == 94
  local function put(piece)
    n = n + 1
    out[n] = piece
  end
  local function found(start, stop, ...)
    if not start then
      return false
    elseif stop + 1 == last then -- an empty match right after a match does not count
      if start > #text then
        return false
      end
      put(sub(text, start, start))
      at = start + 1
      return true
    end
    put(sub(text, at, start - 1))
    local whole = sub(text, start, stop)
    local key = select("#", ...) > 0 and (...) or whole
    local value
    if not call then
      value = replacement[key]
    elseif select("#", ...) > 0 then
      value = replacement(...)
    else
      value = replacement(whole)
    end
    if value and type(value) ~= "string" and type(value) ~= "number" then
      return error("invalid replacement value (a " .. type(value) .. ")", 0)
    end
    put(value and tostring(value) or whole)
    count = count + 1
    at, last = stop + 1, stop + 1
    return true
  end
  while (not limit or count < limit) and at <= #text + 1 and found(find(text, pattern, at)) and not anchored do
  end
  put(sub(text, at))
  return concat(out), count
end

local function safe_gsub(text, pattern, replacement, limit)
  check_pattern(pattern)
  local kind = type(replacement)
  if kind == "function" or kind == "table" and P.raw_getmetatable(replacement) then
    if type(text) == "number" then
      text = tostring(text)
    end
    if type(text) ~= "string" or type(pattern) ~= "string" or limit ~= nil and type(limit) ~= "number" then
      return gsub(text, pattern, replacement, limit) -- for its message
    end
    return replace_by(text, pattern, replacement, limit)
  end
  return gsub(text, pattern, replacement, limit)
end

local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end

-- The size is counted in floats, which do not wrap; nothing repeated is nothing, which C would find out one by one.
local function safe_rep(text, n, separator)
  local count = is_text(n) and tonumber(n)
  if is_text(text) and count and count > 1 then
    local size = (#tostring(text) + (is_text(separator) and #tostring(separator) or 0)) * (count + 0.0)
    if size > P.limits.string then
      return P.exhausted(format("string.rep would make %.0f bytes; the limit is %d", size, P.limits.string))
    elseif size == 0 then
      return ""
    end
  end
  return rep(text, n, separator)
end

-- Make the `string` table of an environment.
function P.new_string()
  local library = {}
  for name in gmatch("byte char len lower pack packsize reverse sub unpack upper", "%a+") do
    library[name] = string[name]
  end
  library.rep, library.format = safe_rep, P.format
  library.gsub = safe_gsub
  function library.find(text, pattern, init, plain)
    if plain then
      check_needle(text, pattern)
    else
      check_pattern(pattern)
    end
    return find(text, pattern, init, plain)
  end
  function library.match(text, pattern, init)
    check_pattern(pattern)
    return match(text, pattern, init)
  end
  function library.gmatch(text, pattern, init)
    check_pattern(pattern)
    return gmatch(text, pattern, init)
  end
  return library
end

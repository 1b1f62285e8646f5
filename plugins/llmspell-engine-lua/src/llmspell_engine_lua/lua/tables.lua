-- The table library of scripts: bounds on what C would loop over, and a sort whose comparator may wait.
local P = ...

local concat, insert, move, pack = table.concat, table.insert, table.move, table.pack
local remove, sort, unpack = table.remove, table.sort, table.unpack
local tonumber, type = tonumber, type

local MAX_ITEMS = 10000000

-- Text that reads as a number counts as one in Lua's own functions, so it does here.
local function check_span(first, last, name)
  first, last = tonumber(first), tonumber(last)
  if type(first) == "number" and type(last) == "number" and last - first >= MAX_ITEMS then
    return P.exhausted("table." .. name .. " is limited to " .. MAX_ITEMS .. " items")
  end
end

-- Only a table with a metatable can claim a length that is not there.
local function check_length(list, name)
  if type(list) == "table" and P.raw_getmetatable(list) then
    check_span(1, #list, name)
  end
end

-- Merge sort: stable, and the comparator is called from Lua, so it may wait.
local function sort_by(list, less)
  local n = #list
  check_span(1, n, "sort")
  local from, into = list, {}
  local width = 1
  while width < n do
    for left = 1, n, 2 * width do
      local middle, stop = left + width, left + 2 * width
      local i, j = left, middle
      for at = left, stop - 1 < n and stop - 1 or n do
        if j < stop and j <= n and (i >= middle or less(from[j], from[i])) then
          into[at], j = from[j], j + 1
        else
          into[at], i = from[i], i + 1
        end
      end
    end
    from, into = into, from == list and {} or from
    width = 2 * width
  end
  if from ~= list then
    for at = 1, n do
      list[at] = from[at]
    end
  end
end

local function safe_sort(list, less)
  check_length(list, "sort")
  if type(list) == "table" and type(less) == "function" then
    return sort_by(list, less)
  end
  return sort(list, less)
end

-- Make the `table` table of an environment.
function P.new_table()
  return {
    pack = pack,
    sort = safe_sort,
    concat = function(list, separator, first, last)
      check_length(list, "concat")
      check_span(first or 1, last, "concat")
      return concat(list, separator, first, last)
    end,
    insert = function(list, ...)
      check_length(list, "insert")
      return insert(list, ...)
    end,
    remove = function(list, ...)
      check_length(list, "remove")
      return remove(list, ...)
    end,
    move = function(list, first, last, to, into)
      check_span(first, last, "move")
      return move(list, first, last, to, into)
    end,
    unpack = function(list, first, last)
      check_length(list, "unpack")
      check_span(first or 1, last, "unpack")
      return unpack(list, first, last)
    end,
  }
end

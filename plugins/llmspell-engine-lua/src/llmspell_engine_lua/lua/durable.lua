-- What a durable spell has instead: nothing in it hangs on the machine's clock, on chance, on addresses or on when Lua
-- collects, so that the same messages always give the same answers.
local P = ...

local date, time = os.date, os.time
local floor, randomseed, tointeger = math.floor, math.randomseed, math.tointeger
local gsub, sub = string.gsub, string.sub
local error, next, pcall, rawget, select = error, next, pcall, rawget, select
local tonumber, type = tonumber, type

local DAY = 86400
local began, now = nil, 0
local seed, other_seed, seedings = 0, 0, 0

-- Take the time that the kernel says it is, in seconds since 1970.
function P.set_now(seconds)
  began, now = began or seconds, seconds
end

-- Begin the random numbers of the run with two integers of the kernel's.
function P.seed_random(one, other)
  seed, other_seed = one, other
  randomseed(one, other)
end

-- Call a function of C and raise what it complains of at the place of whoever called the caller.
local function raised(ok, ...)
  if ok then
    return ...
  end
  return error((gsub((...), "'os%.(%a+)'", "'%1'")), 3)
end

-- Days since 1970 of a day of the Gregorian calendar; months and days may lie beyond their ranges.
local function days_of(year, month, day)
  year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
  if month <= 2 then
    year = year - 1
  end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

local FIELDS = { "year", "month", "day", "hour", "min", "sec", "isdst" }
local ALL_FIELDS = { "year", "month", "day", "hour", "min", "sec", "yday", "wday", "isdst" }

-- os.time in UTC: what a time zone says is the machine's. It completes the fields, as Lua's own does.
local function utc_time(fields)
  if fields == nil then
    return floor(now)
  end
  local given = fields
  if type(fields) == "table" then
    given = {}
    for i = 1, #FIELDS do
      given[FIELDS[i]] = fields[FIELDS[i]]
    end
  end
  local copy = {}
  for key, item in next, type(given) == "table" and given or {} do
    copy[key] = tointeger(tonumber(item))
  end
  raised(pcall(time, given)) -- for its checks and its words
  local clock = (copy.hour or 12) * 3600 + (copy.min or 0) * 60 + (copy.sec or 0)
  local seconds = days_of(copy.year, copy.month, copy.day) * DAY + clock
  local made = raised(pcall(date, "!*t", seconds))
  for i = 1, #ALL_FIELDS do
    fields[ALL_FIELDS[i]] = made[ALL_FIELDS[i]]
  end
  return seconds
end

local function utc_date(format, seconds)
  if format == nil then
    format = "%c"
  end
  if type(format) == "string" and sub(format, 1, 1) ~= "!" then
    format = "!" .. format
  end
  local made = raised(pcall(date, format, seconds == nil and floor(now) or seconds))
  return made
end

local function cpu_time()
  return now - began
end

local function reseed(...)
  if select("#", ...) > 0 then
    return randomseed(...)
  end
  seedings = seedings + 1
  return randomseed(seed, other_seed ~ seedings)
end

local function no_garbage(what)
  if what == "count" then
    return P.raise("security", 4006, "a durable spell cannot ask how much memory is in use: no two runs use the same")
  elseif what == nil or what == "collect" or what == "step" then
    return 0
  end
  return error("collectgarbage: a durable spell has only 'collect' and 'step', which do nothing", 2)
end

-- A weak table forgets when Lua collects, which is not the same in two runs. Objects are numbered as they come.
local function durable_setmetatable(plain)
  return function(value, mt)
    if type(mt) == "table" and rawget(mt, "__mode") ~= nil then
      local advice = { "take entries out yourself, or keep them in a table of the size you need" }
      return P.raise("security", 4006, "__mode is not available in a durable spell", advice)
    end
    local made = plain(value, mt)
    P.number_of(made)
    return made
  end
end

-- Tell whether items that differ may come in any order, or say themselves what comes first.
local function is_loose(list)
  for i = 1, #list do
    local mt = type(list[i]) == "table" and P.raw_getmetatable(list[i])
    if not mt and type(list[i]) ~= "number" or mt and not rawget(mt, "__lt") then
      return false
    end
  end
  return true
end

local function less(a, b)
  return a < b
end

-- Lua's own sort takes the clock for a source of chance; where that can show, items are merged.
local function durable_sort(plain)
  return function(list, order)
    if order == nil and type(list) == "table" and is_loose(list) then
      return plain(list, less)
    end
    return plain(list, order)
  end
end

-- Change the environment of a script.
function P.make_durable(env)
  P.next = P.ordered_next
  env.next, env.pairs = P.ordered_next, P.ordered_pairs
  env.collectgarbage, env.setmetatable = no_garbage, durable_setmetatable(env.setmetatable)
  env.os.time, env.os.date, env.os.clock = utc_time, utc_date, cpu_time
  env.math.randomseed = reseed
  env.table.sort = durable_sort(env.table.sort)
  for name, item in next, env do
    if type(item) == "table" and item ~= env then
      P.name_library(name .. ".", item)
    end
  end
  P.name_library("", env)
  local plain_create = env.coroutine.create
  env.coroutine.create = function(fn)
    local made = plain_create(fn)
    P.number_of(made)
    return made
  end
end

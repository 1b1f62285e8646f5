-- Assertions of tests: what they judge is Lua's own, so they are done here; the kernel runs tests and reports.
local P = ...

local find, gsub, len = string.find, string.gsub, string.len
local error, next, rawequal, setmetatable, tostring, type = error, next, rawequal, setmetatable, tostring, type
local pcall = P.pcall

local Assert = {}

-- Raise the failure of an assertion. `expected` and `actual` are texts, compared line by line where it is reported.
local function failed(name, message, sentence, expected, actual)
  local fields = { type = "assertion", code = 4102, where = P.script_position() }
  fields.message = message ~= nil and tostring(message) .. ": " .. sentence or sentence
  fields.context = { assertion = name, expected = expected, actual = actual }
  return error(P.make_error(fields), 0)
end

local function is_long(text)
  return len(text) > 60 or find(text, "\n", 1, true)
end

local function differ(name, message, expected, actual)
  local wanted, got = P.inspect(expected), P.inspect(actual)
  if is_long(wanted) or is_long(got) then
    return failed(name, message, "the values differ", P.inspect(expected, "broken"), P.inspect(actual, "broken"))
  end
  return failed(name, message, "expected " .. wanted .. ", got " .. got, wanted, got)
end

-- Compare deeply; tables with the same pair of keys and values are equal, whatever their metatables.
local function equal(a, b, seen)
  if a == b or (a ~= a and b ~= b) then
    return true
  elseif type(a) ~= "table" or type(b) ~= "table" or P.forms[a] or P.forms[b] then
    return false
  end
  seen = seen or {}
  if seen[a] == b then
    return true
  end
  seen[a] = b
  for key, value in P.next, a do
    if not equal(value, b[key], seen) then
      return false
    end
  end
  for key in P.next, b do
    if a[key] == nil then
      return false
    end
  end
  return true
end

function Assert.equals(actual, expected, message)
  if not equal(actual, expected) then
    return differ("equals", message, expected, actual)
  end
end

function Assert.not_equals(actual, expected, message)
  if equal(actual, expected) then
    return failed("not_equals", message, "expected anything but " .. P.inspect(expected))
  end
end

function Assert.same(actual, expected, message)
  if not rawequal(actual, expected) then
    local but = equal(actual, expected) and "the same object, got an equal one: " or "the same object as "
    return failed("same", message, "expected " .. but .. P.inspect(expected))
  end
end

function Assert.not_same(actual, expected, message)
  if rawequal(actual, expected) then
    return failed("not_same", message, "expected another object than " .. P.inspect(expected))
  end
end

-- Make an assertion of a test of one value.
local function about(name, wanted, holds)
  Assert[name] = function(value, message)
    if not holds(value) then
      local got = P.inspect(value)
      return failed(name, message, "expected " .. wanted .. ", got " .. got, wanted, got)
    end
  end
end

about("is_true", "true", function(value) return value == true end)
about("is_false", "false", function(value) return value == false end)
about("truthy", "something true", function(value) return value end)
about("falsy", "nil or false", function(value) return not value end)
about("is_nil", "nil", function(value) return value == nil or value == P.null end)
about("not_nil", "a value", function(value) return value ~= nil and value ~= P.null end)

local function is_list(value)
  if type(value) ~= "table" then
    return false
  end
  local count = 0
  for _ in next, value do
    count = count + 1
  end
  return count == #value
end

function Assert.type(value, name, message)
  local holds = type(value) == name
    or (name == "list" and is_list(value))
    or (name == "map" and type(value) == "table" and (next(value) == nil or not is_list(value)))
    or (math.type(value) == name and name ~= nil)
  if not holds then
    local sentence = "expected a value of type " .. tostring(name) .. ", got " .. type(value)
    return failed("type", message, sentence .. " " .. P.inspect(value), tostring(name), type(value))
  end
end

local function has(whole, part)
  if type(whole) == "string" then
    return find(whole, tostring(part), 1, true) ~= nil
  elseif type(whole) ~= "table" then
    return P.invalid("assert.contains looks into text and tables, not into a " .. type(whole))
  end
  for i = 1, #whole do
    if equal(whole[i], part) then
      return true
    end
  end
  return not is_list(whole) and part ~= nil and whole[part] ~= nil
end

function Assert.contains(whole, part, message)
  if not has(whole, part) then
    return failed("contains", message, "expected " .. P.inspect(whole) .. " to contain " .. P.inspect(part))
  end
end

function Assert.not_contains(whole, part, message)
  if has(whole, part) then
    return failed("not_contains", message, "expected " .. P.inspect(whole) .. " not to contain " .. P.inspect(part))
  end
end

function Assert.matches(text, pattern, message)
  if type(text) ~= "string" or type(pattern) ~= "string" then
    return P.invalid("assert.matches takes a string and a pattern")
  end
  P.check_pattern(pattern)
  if not find(text, pattern) then
    return failed("matches", message, "expected " .. P.inspect(text) .. " to match " .. P.inspect(pattern))
  end
end

local function ordered(name, words, holds)
  Assert[name] = function(value, bound, message)
    if type(value) ~= type(bound) or (type(value) ~= "number" and type(value) ~= "string") then
      return P.invalid("assert." .. name .. " compares two numbers or two strings")
    elseif not holds(value, bound) then
      local sentence = "expected " .. words .. " " .. P.inspect(bound) .. ", got " .. P.inspect(value)
      return failed(name, message, sentence)
    end
  end
end

ordered("greater_than", "more than", function(a, b) return a > b end)
ordered("at_least", "at least", function(a, b) return a >= b end)
ordered("less_than", "less than", function(a, b) return a < b end)
ordered("at_most", "at most", function(a, b) return a <= b end)

function Assert.close_to(value, expected, tolerance, message)
  tolerance = tolerance or 1e-6
  if type(value) ~= "number" or type(expected) ~= "number" or type(tolerance) ~= "number" then
    return P.invalid("assert.close_to compares numbers")
  elseif not (value == expected or math.abs(value - expected) <= tolerance) then
    local sentence = "expected " .. expected .. " give or take " .. tolerance .. ", got " .. value
    return failed("close_to", message, sentence)
  end
end

local function count(value)
  if type(value) == "string" then
    return len(value)
  elseif type(value) ~= "table" then
    return P.invalid("assert.length counts in strings and tables, not in a " .. type(value))
  end
  local n = 0
  for _ in next, value do
    n = n + 1
  end
  return n
end

function Assert.length(value, expected, message)
  local got = count(value)
  if got ~= expected then
    local sentence = "expected a length of " .. tostring(expected) .. ", got " .. got .. ": " .. P.inspect(value)
    return failed("length", message, sentence)
  end
end

local function fits(fault, expected)
  if type(expected) == "string" then
    return find(fault.message, expected, 1, true) ~= nil or fault.type == expected
  end
  for key, value in P.next, expected do
    local same = key == "message" and find(fault.message, tostring(value), 1, true) or equal(fault[key], value)
    if not same then
      return false
    end
  end
  return true
end

function Assert.throws(work, expected, message)
  if type(work) ~= "function" then
    return P.invalid("assert.throws takes a function", { "write assert.throws(function() ... end)" })
  end
  local ok, raised = pcall(work)
  if ok then
    return failed("throws", message, "expected an error, and nothing was raised")
  end
  local fault = P.parse_error(raised)
  if expected ~= nil and type(expected) ~= "string" and type(expected) ~= "table" then
    return P.invalid("the second argument of assert.throws is a string or a table")
  elseif expected ~= nil and not fits(fault, expected) then
    local sentence = "expected an error like " .. P.inspect(expected) .. ", got " .. fault.type .. ": " .. fault.message
    return failed("throws", message, sentence)
  end
  return fault
end

function Assert.fail(message)
  return failed("fail", nil, message == nil and "the test failed" or tostring(message))
end

local ALIASES = {
  equals = { "equal" }, not_equals = { "not_equal" }, is_nil = { "is_null", "is_none" },
  not_nil = { "not_null", "not_none" }, type = { "is_type" }, greater_than = { "greater" }, less_than = { "less" },
  close_to = { "near" }, length = { "has_length" }, throws = { "raises", "error" },
}

for name, others in next, ALIASES do
  for i = 1, #others do
    Assert[others[i]] = Assert[name]
  end
end

-- The same as methods of a running test: t:assert_equals(actual, expected).
local case = {}
for name, judge in next, Assert do
  local function method(_, ...)
    return judge(...)
  end
  case["assert_" .. name] = method
  case["assert_" .. gsub(name, "^is_", "")] = method -- assert_true: a bare `true` is no name
end

P.locals.Assert, P.locals.case = Assert, case
P.locals.Testing = setmetatable({}, {
  __index = function(_, name)
    return name == "assert" and P.spaces.Assert or nil
  end,
})

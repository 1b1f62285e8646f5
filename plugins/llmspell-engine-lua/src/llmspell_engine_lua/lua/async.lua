-- Async.*: structured concurrency over coroutines. Branches left behind by a failure, a race or a timeout are
-- cancelled.
local P = ...

local error, next, pcall, setmetatable, tostring, type = error, next, P.pcall, setmetatable, P.tostring, type
local match, tonumber = string.match, tonumber
local max, min = math.max, math.min

local Async = {}
P.locals.Async = Async

local function sleep(ms)
  return P.call("Async.sleep", ms)
end

local function number_argument(value, name, least)
  if type(value) ~= "number" or value ~= value or value < least then
    return P.invalid(name .. " must be a number of at least " .. least .. ", not " .. tostring(value))
  end
  return value
end

local UNITS = { ms = 1, s = 1000, m = 60000, h = 3600000, d = 86400000 }

-- Give milliseconds for a number of them, or for text with units: "500ms", "1h30m".
local function milliseconds(value, name)
  if type(value) ~= "string" then
    return number_argument(value, name, 0)
  end
  local total, rest = nil, value
  while true do
    local number, unit, left = match(rest, "^%s*(%d+%.?%d*)%s*(%a+)(.*)$")
    if not (number and UNITS[unit]) then
      break
    end
    total, rest = (total or 0) + tonumber(number) * UNITS[unit], left
  end
  if not total or not match(rest, "^%s*$") then
    return P.invalid(name .. " must be milliseconds or a text such as \"500ms\", not " .. value)
  end
  return total
end

-- Run a function, drive a coroutine, or give a value as it is.
local function run(body, ...)
  local kind = type(body)
  if kind == "function" then
    local value = body(...)
    if type(value) == "thread" then
      return P.drive(value)
    end
    return value
  elseif kind == "thread" then
    return P.drive(body, ...)
  end
  return body
end
Async.run = run

local function is_work(item)
  return type(item) == "function" or type(item) == "thread"
end

-- A set of branches. When the variable that holds it goes out of scope, those still running are cancelled and waited
-- for: their `<close>` variables have run before the code that started them goes on.
local GROUP = {
  __close = function(group)
    local task, token, pending = P.current_task(), {}, 0
    local function ended()
      pending = pending - 1
      if pending == 0 then
        P.wake_token(task, token, true)
      end
    end
    for i = 1, #group do
      if not group[i].ended then
        P.cancel_task(group[i])
        group[i].done, pending = ended, pending + 1
      end
    end
    if pending > 0 then
      P.park(token)
    end
  end,
}

local function new_group()
  return setmetatable({}, GROUP)
end

-- Start `work` in the group; `done(ok, value)` hears its end.
local function start(group, work, done)
  group[#group + 1] = P.spawn(function()
    return run(work)
  end, done, true)
end

local function check_items(items, name)
  if type(items) ~= "table" then
    return P.invalid(name .. " takes a table of functions, coroutines or values, not a " .. type(items))
  end
end

-- Wait until all items ended or `visit(key, ok, value)` says stop; values count as ended at once.
local function collect(items, visit)
  local group <close> = new_group()
  local task, token, pending, over = P.current_task(), {}, 0, false
  local keys, count = P.ordered_keys(items) -- branches start in the order of the list, named items after it
  for i = 1, count do
    local key, item = keys[i], items[keys[i]]
    if is_work(item) then
      pending = pending + 1
      start(group, item, function(ok, value)
        pending = pending - 1
        if not over and (visit(key, ok, value) or pending == 0) then
          over = true
          P.wake_token(task, token, true)
        end
      end)
    elseif not over then
      over = visit(key, true, item)
    end
  end
  if pending > 0 and not over then
    P.park(token)
  end
end

local function fresh_results(items)
  local results = {}
  if next(items) == nil then
    P.list_marks[results] = true
  end
  return results
end

-- Give the results of all items under their keys; the first failure is raised and cancels the others.
function Async.all(items)
  check_items(items, "Async.all")
  local results, failure = fresh_results(items), nil
  collect(items, function(key, ok, value)
    if not ok then
      failure = { value }
      return true
    end
    results[key] = value
  end)
  if failure then
    return error(failure[1], 0)
  end
  return results
end

-- Give {status="fulfilled", value=} or {status="rejected", reason=} for each item.
function Async.all_settled(items)
  check_items(items, "Async.all_settled")
  local results = fresh_results(items)
  collect(items, function(key, ok, value)
    results[key] = ok and { status = "fulfilled", value = value } or { status = "rejected", reason = value }
  end)
  return results
end

-- Give the result of the item that ends first, or raise its error; the others are cancelled.
function Async.race(items)
  check_items(items, "Async.race")
  if next(items) == nil then
    return P.invalid("Async.race needs at least one item")
  end
  local first
  collect(items, function(_, ok, value)
    first = first or { ok, value }
    return true
  end)
  if not first[1] then
    return error(first[2], 0)
  end
  return first[2]
end

-- Give the result of `work`, or cancel it after `ms` milliseconds and raise an error of type timeout.
function Async.timeout(work, ms)
  ms = milliseconds(ms, "the time of Async.timeout")
  if not is_work(work) then
    return work
  end
  local winner
  local function visit(key, ok, value)
    winner = winner or { key, ok, value }
    return true
  end
  collect({ work, function() sleep(ms) end }, visit)
  if winner[1] == 2 and winner[2] then
    local fields = { type = "timeout", code = 4004, recoverable = true, where = P.script_position() }
    fields.message = "no result after " .. tostring(ms) .. " ms"
    return error(P.make_error(fields), 0)
  elseif not winner[2] then
    return error(winner[3], 0)
  end
  return winner[3]
end
Async.with_timeout = Async.timeout

local function retry_options(config)
  config = type(config) == "number" and { attempts = config } or config or {}
  if type(config) ~= "table" then
    return P.invalid("Async.retry takes a number of attempts or a table of options")
  end
  local function option(...)
    for _, name in next, { ... } do
      if config[name] ~= nil then
        return config[name]
      end
    end
  end
  local retries = option("retries", "max_retries", "maxRetries") or 2
  local attempts = option("attempts", "max_attempts", "maxAttempts") or retries + 1
  local delay = option("delay", "delay_ms", "initial_delay", "initialDelay", "base_delay", "baseDelay") or 0
  return {
    attempts = number_argument(attempts, "attempts", 1),
    delay = milliseconds(delay, "delay"),
    longest = milliseconds(option("max_delay", "maxDelay") or 30000, "max_delay"),
    backoff = option("backoff", "backoff_factor", "multiplier") or 2,
    wanted = option("should_retry", "shouldRetry", "retry_if", "retryIf"),
    on_retry = option("on_retry", "onRetry"),
  }
end

local function next_delay(delay, options)
  local backoff = options.backoff
  local factor = type(backoff) == "number" and backoff or backoff == "exponential" and 2 or 1
  return min(delay * factor, options.longest)
end

-- Call `work(attempt)` until it succeeds; the last error is raised.
function Async.retry(work, config)
  if type(work) ~= "function" then
    return P.invalid("Async.retry takes a function: it must be possible to start it again")
  end
  local options = retry_options(config)
  local delay, attempt = options.delay, 1
  while true do
    local ok, value = pcall(run, work, attempt)
    if ok then
      return value
    elseif attempt >= options.attempts or options.wanted and not options.wanted(value, attempt) then
      return error(value, 0)
    end
    if options.on_retry then
      options.on_retry(value, attempt)
    end
    if delay > 0 then
      sleep(delay)
    end
    attempt, delay = attempt + 1, next_delay(delay, options)
  end
end

-- Like retry; `retries` counts the attempts after the first.
function Async.with_retry(work, retries)
  if type(retries) == "number" then
    return Async.retry(work, { attempts = retries + 1 })
  end
  return Async.retry(work, retries)
end

Async.yield = P.turn
Async.yield_for = sleep

-- Look at `condition` every `interval` milliseconds (default 10) until it holds.
function Async.yield_until(condition, options)
  options = options or {}
  local interval = milliseconds(options.interval or 10, "interval")
  local left = options.timeout and milliseconds(options.timeout, "timeout")
  while not condition() do
    if left and left <= 0 then
      return P.raise("timeout", 4004, "the condition did not hold after " .. milliseconds(options.timeout, "timeout") .. " ms")
    end
    sleep(interval)
    left = left and left - max(interval, 1)
  end
end

local function method(resource, ...)
  for _, name in next, { ... } do
    local ok, found = pcall(function()
      return resource[name]
    end)
    if ok and found ~= nil then
      return found
    end
  end
end

-- Open `resource` (acquire/open), give it to `work`, and close it (release/close) however `work` ends.
function Async.with_resource(resource, work)
  local held, owner = resource, resource
  if type(resource) == "function" then
    held = resource()
    owner = held
  elseif type(resource) == "table" then
    local acquire = method(resource, "acquire", "open")
    if acquire then
      held = acquire(resource)
    end
    if held == nil then
      held = resource
    end
    if not method(resource, "release", "close") then
      owner = held
    end
  end
  local guard <close> = setmetatable({}, {
    __close = function()
      local release = type(owner) == "table" and method(owner, "release", "close")
      if release then
        release(owner, held)
      end
    end,
  })
  return run(work, held)
end

-- Run `work` after `ms` milliseconds unless the run ends before; its failure is logged. Give a timer with `cancel()`.
function Async.schedule(ms, work)
  ms = milliseconds(ms, "the time of Async.schedule")
  if not is_work(work) then
    return P.invalid("Async.schedule takes a function or a coroutine")
  end
  local task
  task = P.spawn(function()
    sleep(ms)
    P.count_task(task)
    local ok, value = pcall(run, work)
    if not ok then
      local info = P.parse_error(value)
      P.write_log("error", "a scheduled function failed: " .. info.message, { where = info.where, type = info.type })
    end
  end, nil, false)
  return {
    cancel = function()
      P.cancel_task(task)
    end,
  }
end

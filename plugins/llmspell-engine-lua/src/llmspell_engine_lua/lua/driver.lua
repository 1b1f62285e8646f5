-- The coroutine driver: tasks, calls to the kernel, and the end of a run.
--
-- A task is {co=, invoke=, within=, done=, counted=, call=, token=, place=}: one coroutine of ours; `within` is the invoke
-- its calls come from, nil in the main chunk; `place`, of durable spells, stands for that of a call that left no frame
-- behind, being the last thing a function did. It runs until it waits (it yields AWAIT) or ends. Whatever wakes it is queued first, so that no task ever runs inside another.
local P = ...

local raw_resume, raw_yield, isyieldable = coroutine.resume, coroutine.yield, coroutine.isyieldable
local sort, unpack = table.sort, table.unpack
local error, next, select, type, xpcall = error, next, select, type, xpcall

local check_size, flush, post, post_call = P.check_size, P.flush, P.post, P.post_call
local NO_MEMORY = "not enough memory"
-- Functions, not tables: comparing them never runs a metamethod of the script, so it cannot pass anything off as one
-- of them.
local function AWAIT() end
local function KILL() end
local function CANCEL() end
P.AWAIT, P.KILL, P.CANCEL = AWAIT, KILL, CANCEL

local queue, queue_first, queue_last = {}, 1, 0
local waiting = {} -- call id -> task
local calls, last_call = 0, 0
local invokes = {} -- invoke id -> task
local branches, last_branch = {}, 0 -- tasks that are no invokes, numbered in the order they began
local floating = 0 -- branches the end of the run waits for
local main_return -- the main chunk's answer, held back while branches run
local main_value -- what it mentions must live until then
local current
local ended = false -- the main chunk has returned and nothing of it is left
local over = false -- the run was stopped: nothing may be called any more

function P.current_task()
  return current
end

local function wake(task, ok, value)
  queue_last = queue_last + 1
  queue[queue_last] = { task, ok, value }
end

-- Wait for `P.wake_token(task, token, ...)`. Raises what it is woken with when that is an error.
function P.park(token)
  if not isyieldable() then
    return P.no_await()
  end
  current.token = token
  local ok, value = raw_yield(AWAIT)
  if not ok then
    return P.rethrow(value)
  end
  return value
end

function P.wake_token(task, token, ok, value)
  if task.token == token then
    task.token = nil
    wake(task, ok, value)
  end
end

local function answered(ok, value)
  if ok then
    if P.is_stream(value) then
      return value, nil, nil, value -- the fourth value closes the stream when a for loop is left
    end
    return value
  end
  if value == CANCEL then
    return error(CANCEL, 0)
  end
  return P.rethrow(value)
end

-- Send a call, its arguments as JSON text, and wait for the answer.
function P.call_text(op, args)
  if not isyieldable() then
    return P.no_await()
  end
  local task = current
  if task.cancelled and not task.unwound then
    task.unwound = true
    return error(CANCEL, 0)
  end
  if calls >= P.limits.calls then
    return P.exhausted("more than " .. P.limits.calls .. " calls are outstanding", { "wait for some first" })
  end
  check_size(args)
  local id = last_call + 1
  last_call, calls = id, calls + 1
  waiting[id], task.call = task, id
  post_call(id, op, args, task.within, P.durable and (P.script_position() or task.place) or nil)
  return answered(raw_yield(AWAIT))
end

function P.call(op, ...)
  return P.call_text(op, P.encode_args(op, select("#", ...), ...))
end

-- Every task runs inside a protected call: a coroutine that dies of an error leaves its `<close>` variables open.
local function keep_stack(err)
  if not P.killed and err ~= CANCEL and current then
    current.stack = P.script_stack()
  end
  return err
end

local function settled(task, ok, value)
  if ok then
    task.stack = nil
    return value
  end
  return error(value, 0)
end

-- Make a task of a function or a coroutine; `done(ok, value)` hears its end unless it was cancelled.
local function spawn(body, done, counted)
  last_branch = last_branch + 1
  local task = { number = last_branch, done = done, counted = counted, within = current and current.within }
  if P.durable then
    task.place = P.place_of(body) or P.script_position() or current and current.place
  end
  task.co = P.new_coroutine(function()
    return settled(task, xpcall(function()
      if type(body) == "thread" then
        return P.drive(body)
      end
      return body()
    end, keep_stack))
  end)
  branches[task] = true
  if counted then
    floating = floating + 1
  end
  wake(task)
  return task
end
P.spawn = spawn

-- Count a timer's task from now on: the run waits for its end.
function P.count_task(task)
  if not task.counted then
    task.counted = true
    floating = floating + 1
  end
end

local function forget_call(task)
  local id = task.call
  if id then
    task.call, waiting[id], calls = nil, nil, calls - 1
    post('{"t":"cancel","id":' .. id .. "}")
  end
end

-- Drop what the running task was about to wait for.
function P.abandon()
  forget_call(current)
  current.token = nil
end

-- One turn of the kernel's loop.
function P.turn()
  return P.call("Async.sleep", 0)
end

-- Raise CANCEL in the task at the place where it waits; `<close>` variables run, pcall does not see it.
function P.cancel_task(task)
  if task.ended or task.cancelled then
    return
  end
  task.cancelled, task.done = true, nil
  if task.call or task.token then
    forget_call(task)
    task.token = nil
    wake(task)
  end
end

local function failure_text(task, err)
  if err == CANCEL then
    err = P.make_error({ type = "cancelled", message = "the call was cancelled" })
  end
  return '{"t":"return","id":' .. task.invoke .. ',"ok":false,"error":' .. P.encode_error(err, task.stack) .. "}"
end

local function return_text(task, ok, value)
  if ok then
    local encoded, text = P.raw_pcall(function()
      local text = P.encode_wire(value, "return value")
      check_size(text)
      return text
    end)
    if encoded then
      return '{"t":"return","id":' .. task.invoke .. ',"ok":true,"value":' .. text .. "}"
    elseif text == NO_MEMORY then
      return P.kill("memory")
    end
    value = text
  end
  -- The error may be a table of the script with metamethods of the script: they run under the limits of a coroutine.
  local made, text = raw_resume(P.new_coroutine(failure_text), task, value)
  if not made then
    return P.kill(text == NO_MEMORY and "memory" or P.killed or "internal")
  end
  return text
end

local function close_run()
  ended = true
  local left, n = {}, 0
  for task in next, branches do
    n = n + 1
    left[n] = task
  end
  sort(left, function(a, b)
    return a.number < b.number
  end)
  for i = 1, n do
    P.cancel_task(left[i])
  end
end

local function finish(task, ok, value)
  task.ended = true
  if task.invoke then
    local text = return_text(task, ok, value)
    invokes[task.invoke] = nil
    if not task.main or ok and P.exporting then
      post(text) -- a spell that another loaded goes on: its functions, timers and handlers belong to that one
    else
      if not ok or floating == 0 then
        close_run()
      end
      main_return, main_value = text, value
    end
    return
  end
  branches[task] = nil
  if task.counted then
    floating = floating - 1
  end
  if task.done then
    task.done(ok, value, task)
  end
  if floating == 0 and main_return and not ended then
    close_run()
  end
end

local function stopped(task, ok, tag)
  current = nil
  if ok and tag == AWAIT then
    return
  elseif ok then
    return finish(task, true, tag)
  elseif tag == NO_MEMORY then
    return P.kill("memory")
  elseif P.killed then
    return error(KILL, 0)
  end
  return finish(task, false, tag)
end

local function step(task, ok, value)
  if task.ended then
    return
  elseif task.cancelled and not task.unwound then
    task.unwound = true
    if not task.started then
      return finish(task, false, CANCEL)
    end
    ok, value = false, CANCEL
  end
  task.started = true
  current = task
  return stopped(task, raw_resume(task.co, ok, value))
end

local function run_queue()
  while queue_first <= queue_last do
    local item = queue[queue_first]
    queue[queue_first] = nil
    queue_first = queue_first + 1
    step(item[1], item[2], item[3])
  end
  queue_first, queue_last = 1, 0
  if main_return and ended and next(branches) == nil then
    post(main_return)
    main_return, main_value = nil, nil
  end
  return flush()
end
P.run_queue = run_queue

-- Answer a call of ours. `value` is a scalar or decoded JSON; an answer nobody waits for any more is dropped.
function P.settle(id, ok, value)
  local task = waiting[id]
  if task then
    waiting[id], task.call = nil, nil
    calls = calls - 1
    step(task, ok, value)
  end
  return run_queue()
end

-- Run a function for the kernel; a coroutine it returns is driven and its result is the answer.
function P.invoke(id, fn, n, main, ...)
  local args = n > 0 and { ... }
  local task = { invoke = id, main = main, within = not main and id or nil, place = P.durable and P.place_of(fn) }
  local function body()
    local value
    if args then
      value = fn(unpack(args, 1, n))
    else
      value = fn()
    end
    if type(value) == "thread" then
      return P.drive(value)
    end
    return value
  end
  task.co = P.new_coroutine(function()
    return settled(task, xpcall(body, keep_stack))
  end)
  invokes[id] = task
  step(task)
  return run_queue()
end

function P.refuse(id, message)
  local fields = { type = "runtime", code = 4002, message = message }
  post('{"t":"return","id":' .. id .. ',"ok":false,"error":' .. P.encode_error(P.make_error(fields)) .. "}")
  return flush()
end

-- Tell whether functions of the script may not be called any more. After its main chunk has returned they still may:
-- the host decides when a run is over, and lets handlers see what was emitted before the last line.
function P.run_ended()
  return over
end

function P.cancel_invoke(id)
  local task = invokes[id]
  if task then
    if task.main then
      close_run()
    end
    P.cancel_task(task)
  end
  return run_queue()
end

-- End everything at once: the answer of every open invoke is the given error (JSON text).
function P.fail_all(error_text)
  for id in next, invokes do
    post('{"t":"return","id":' .. id .. ',"ok":false,"error":' .. error_text .. "}")
  end
  if main_return and P.main_id then
    post('{"t":"return","id":' .. P.main_id .. ',"ok":false,"error":' .. error_text .. "}")
  end
  invokes, branches, waiting, queue, queue_first, queue_last = {}, {}, {}, {}, 1, 0
  main_return, current, ended, over = nil, nil, true, true
  return flush()
end

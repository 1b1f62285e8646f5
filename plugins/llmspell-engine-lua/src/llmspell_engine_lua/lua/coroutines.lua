-- coroutine.*, pcall and xpcall for scripts: awaits pass through, kills and cancellations cannot be caught.
local P = ...

local raw_create, raw_resume, raw_yield = coroutine.create, coroutine.resume, coroutine.yield
local raw_close, raw_status, running = coroutine.close, coroutine.status, coroutine.running
local isyieldable = coroutine.isyieldable
local raw_pcall, raw_xpcall = pcall, xpcall
local sethook, clock = debug.sethook, os.clock
local error, select, setmetatable, type = error, select, setmetatable, type

local AWAIT, KILL, CANCEL = P.AWAIT, P.KILL, P.CANCEL
local MAX_PCALLS = 150
local HOOK_COUNT = 10000
local PATIENCE = 0.1 -- seconds of CPU time after which the host is asked whether a script that runs should go on
local NO_MEMORY = "not enough memory"

local weak = { __mode = "k" }
local awaiting = setmetatable({}, weak) -- coroutines of the script whose call is outstanding
local roots = setmetatable({}, weak)
local depth = setmetatable({}, weak) -- coroutine -> pcalls it is inside of
P.raw_pcall = raw_pcall

-- The CPU limit: a count hook on every coroutine, set only when a limit was asked for.
local hook, started
local used, asked = 0, 0

local function arm(co)
  if hook then
    sethook(co, hook, "", P.killed and 1 or HOOK_COUNT)
  end
  return co
end

function P.kill(reason)
  P.killed = P.killed or reason
  return error(KILL, 0)
end

function P.set_cpu_limit(seconds)
  hook = function()
    if not P.killed then
      if not started then
        started = clock()
        return
      end
      local now, reason = clock(), nil
      if used + now - started > seconds then
        reason = "cpu"
      elseif now - asked > PATIENCE then
        asked = now
        local answer = not P.speaker or P.speaker("")
        if answer == nil then
          return error(P.make_error({ type = "cancelled", message = "interrupted", where = P.script_position() }), 0)
        end
        reason = not answer and "stopped"
      end
      if not reason then
        return
      end
      P.killed = reason
    end
    P.killed_where = P.killed_where or P.script_position()
    sethook(running(), hook, "", 1) -- whoever catches the kill is killed again at once
    return P.kill("cpu")
  end
end

-- Account for the time since the script was entered; called when the machine goes back to rest.
function P.rest()
  if started then
    used = used + clock() - started
    started = nil
  end
end

-- Make the coroutine at the bottom of a task.
function P.new_coroutine(f)
  local co = arm(raw_create(f))
  roots[co] = true
  return co
end

-- At the bottom of a task nobody resumes: a yield is a turn of the kernel's loop and its values come straight back.
local function yield(...)
  if not roots[(running())] then
    return raw_yield(...)
  elseif select("#", ...) == 0 then
    P.turn()
  end
  return ...
end

-- Look at the failure of a protected call: what must not be caught is raised again.
local function check_failure(err)
  if P.killed then
    return error(KILL, 0)
  elseif err == CANCEL then
    return error(CANCEL, 0)
  elseif err == NO_MEMORY then
    return P.kill("memory")
  elseif type(err) == "userdata" then -- a signal that met the speaker: an exception of Python is none of the script's
    return P.kill("stopped")
  end
end

local function leave(co, level, ok, ...)
  depth[co] = level
  if not ok then
    check_failure((...))
  end
  return ok, ...
end

local function enter()
  local co = running()
  local level = depth[co] or 0
  if level >= MAX_PCALLS then
    return nil
  end
  depth[co] = level + 1
  return co, level
end

local function too_deep()
  if P.killed then
    return error(KILL, 0)
  end
  return false, "pcall is nested deeper than " .. MAX_PCALLS .. " levels"
end

local function pcall(f, ...)
  local co, level = enter()
  if not co then
    return too_deep()
  end
  return leave(co, level, raw_pcall(f, ...))
end

local function xpcall(f, handler, ...)
  local co, level = enter()
  if not co then
    return too_deep()
  end
  local function guarded(err)
    if P.killed or err == CANCEL or err == NO_MEMORY then
      return err
    end
    local ok, value = raw_pcall(handler, err)
    if ok then
      return value
    end
    return P.killed and KILL or "error in error handling: " .. P.parse_error(value).message
  end
  return leave(co, level, raw_xpcall(f, guarded, ...))
end

-- Resume `co` and pass its awaits outwards until it yields something of its own, returns or fails.
local function passed(co, ok, tag, ...)
  if ok and tag == AWAIT then
    if isyieldable() then
      awaiting[co] = true
      return passed(co, P.resume_inner(co, raw_yield(AWAIT)))
    end
    P.abandon()
    return passed(co, raw_resume(co, false, P.no_await_error()))
  end
  awaiting[co] = nil
  if not ok then
    if tag == CANCEL then
      raw_close(co)
    end
    check_failure(tag)
  end
  return ok, tag, ...
end

function P.resume_inner(co, ...)
  awaiting[co] = nil
  return raw_resume(co, ...)
end

-- One that the engine runs is resumed with the answers of the kernel: a script that could, would forge them.
local function is_held(co)
  return awaiting[co] or roots[co] and raw_status(co) == "suspended"
end

local function resume(co, ...)
  if is_held(co) then
    return false, "cannot resume a coroutine that waits for a call"
  end
  return passed(co, raw_resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then
    return ...
  end
  raw_close(co)
  return error((...), 0)
end

local function wrap(f)
  local co = arm(raw_create(f))
  return function(...)
    return unwrap(co, resume(co, ...))
  end
end

local function status(co)
  if is_held(co) then
    return "normal"
  end
  return raw_status(co)
end

local function closed(ok, ...)
  if not ok then
    check_failure((...))
  end
  return ok, ...
end

local function close(co)
  if is_held(co) then
    return error("cannot close a coroutine that waits for a call", 2)
  end
  return closed(raw_close(co))
end

-- Run a coroutine to its end inside the current task: what it yields is handed back to it
-- (`coroutine.yield(Agent.execute(..))`).
local function driven(co, ok, ...)
  if not ok then
    raw_close(co)
    return error((...), 0)
  elseif raw_status(co) == "dead" then
    return ...
  elseif select("#", ...) == 0 then
    P.turn()
  end
  return driven(co, resume(co, ...))
end

function P.drive(co, ...)
  if raw_status(co) == "dead" then
    return P.raise("runtime", 4002, "the coroutine has ended already")
  elseif is_held(co) then
    return P.raise("runtime", 4002, "the coroutine waits for a call")
  end
  return driven(co, resume(co, ...))
end

P.pcall, P.xpcall = pcall, xpcall
P.coroutine = {
  create = function(f)
    if type(f) ~= "function" then
      return error("bad argument #1 to 'create' (function expected, got " .. type(f) .. ")", 2)
    end
    return arm(raw_create(f))
  end,
  resume = resume,
  wrap = wrap,
  status = status,
  close = close,
  yield = yield,
  running = running,
  isyieldable = isyieldable,
}

-- The door of the engine: what the machine calls. Only numbers, booleans and byte strings pass through it, and once the
-- machine's speaker: a function that only this prelude holds. It takes a post, or an empty string to ask whether to go
-- on, and gives false when the run is to stop.
local P = ...

local raw_pcall, select, tostring = P.raw_pcall, select, tostring
local concat, find, unpack = table.concat, string.find, table.unpack

local env, main_chunk

local function describe(err)
  local message = P.decode_fault(err)
  if message then
    return { type = "conversion", code = 4101, message = message }
  end
  return nil
end

-- Begin a run: install limits, API, environment values and the script. Give nil, or the error as JSON text.
local function hello(api, values, params, limits, name, source, exporting, durable)
  P.exporting, P.durable = exporting, durable
  P.limits = P.decode_wire(limits)
  if P.limits.cpu then
    P.set_cpu_limit(P.limits.cpu)
  end
  env = P.new_env()
  local decoded, constants, given = raw_pcall(function()
    P.install_api(env, api)
    return P.decode_wire(values), P.decode_wire(params)
  end)
  if not decoded then
    return P.encode_error(describe(constants) or constants)
  end
  for key, value in next, constants do
    env[key] = value
  end
  env.params = given
  if exporting then -- its name is a path from the spell's folder; that of the first spell may be any
    env.require = P.new_require(env, P.folder_of(name))
  end
  local chunk, fault = P.compile(source, name, env)
  if not chunk then
    return P.encode_error(fault)
  end
  main_chunk = chunk
end

-- Answer call `id` with JSON text; a value Lua cannot hold is an error of that call.
local function settle_json(id, ok, text)
  local decoded, value = raw_pcall(P.decode_wire, text)
  if not decoded then
    ok, value = false, describe(value) or P.kill("memory")
  end
  return P.settle(id, ok, value)
end

-- Find what an invoke means, or answer it with a refusal.
local function target_of(id, fn)
  local target = P.callbacks[fn]
  if fn == 0 then
    target, main_chunk = main_chunk, nil
    P.main_id = id
  end
  if P.run_ended() then
    return nil, P.refuse(id, "the spell has ended; its functions cannot be called any more")
  elseif not target then
    return nil, P.refuse(id, "there is no function " .. tostring(fn))
  end
  return target
end

local function invoke(id, fn, n, ...)
  local target, refusal = target_of(id, fn)
  if not target then
    return refusal
  end
  return P.invoke(id, target, n, fn == 0, ...)
end

local function invoke_json(id, fn, text)
  local target, refusal = target_of(id, fn)
  if not target then
    return refusal
  end
  local decoded, args = raw_pcall(P.decode_wire, text)
  if not decoded then
    return P.refuse(id, (describe(args) or P.kill("memory")).message)
  end
  local n = #args
  for i = 1, n do
    if args[i] == P.null then
      args[i] = nil
    end
  end
  return P.invoke(id, target, n, fn == 0, unpack(args, 1, n))
end

local function shown(...)
  local n = select("#", ...)
  if n == 0 then
    return {}
  end
  env._ = (...)
  local texts = {}
  for i = 1, n do
    texts[i] = P.inspect((select(i, ...)))
  end
  return { shown = concat(texts, "\t") }
end

-- Run one input of a read-eval loop: an expression where it is one. What ends too early asks for more.
local function eval(id, name, source)
  local chunk = P.compile("return " .. source, name, env)
  local fault
  if not chunk then
    chunk, fault = P.compile(source, name, env)
  end
  if chunk then
    return P.invoke(id, function()
      return shown(chunk())
    end, 0, false)
  elseif find(fault.message, "<eof>'?$") then
    P.post('{"t":"return","id":' .. id .. ',"ok":true,"value":{"more":true}}')
  else
    P.post('{"t":"return","id":' .. id .. ',"ok":false,"error":' .. P.encode_error(fault) .. "}")
  end
  return P.flush()
end

local function item(id, text, done, fault)
  return P.stream_item(id, text and P.decode_wire(text), done, fault and P.decode_wire(fault))
end

local function limit_error(reason)
  local limits = P.limits or {}
  if reason == "cpu" then
    return { type = "timeout", code = 4004, message = "the spell used more than " .. limits.cpu .. " s of CPU time" }
  elseif reason == "memory" then
    local message = "the spell used more than " .. limits.memory .. " bytes of memory"
    return { type = "memory_limit", code = 4005, message = message }
  elseif reason == "output" then
    local message = "the spell wrote more than " .. limits.output .. " bytes"
    return { type = "resource_exhausted", code = 4009, message = message }
  elseif reason == "stopped" then
    return { type = "cancelled", message = "the spell was stopped" }
  end
  return { type = "internal", code = 6009, message = "the Lua engine failed" }
end

-- End the run for the reason the kill left behind, else for the given one; give the answers of all open invokes.
local function fail(reason)
  P.killed = P.killed or reason
  local fields = limit_error(P.killed)
  fields.where = P.killed_where
  return P.fail_all(P.encode_error(P.make_error(fields)))
end

return {
  hello = hello,
  settle = P.settle,
  settle_json = settle_json,
  invoke = invoke,
  invoke_json = invoke_json,
  eval = eval,
  item = item,
  cancel = P.cancel_invoke,
  release = P.release_callback,
  rest = P.rest,
  seed = P.seed_random,
  now = P.set_now,
  speaker = function(speaker)
    P.speaker = speaker
  end,
  fail = fail,
  env = function()
    return env
  end,
}

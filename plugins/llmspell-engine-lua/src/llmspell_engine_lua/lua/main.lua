-- The door of the engine: what the machine calls. Only numbers, booleans and byte strings pass through it.
local P = ...

local raw_pcall, tostring = P.raw_pcall, tostring

local env, main_chunk

local function describe(err)
  local message = P.decode_fault(err)
  if message then
    return { type = "conversion", code = 4101, message = message }
  end
  return nil
end

-- Begin a run: install limits, API, environment values and the script. Give nil, or the error as JSON text.
local function hello(api, values, params, limits, name, source)
  local decoded = P.decode_wire(limits)
  P.limits = decoded
  if decoded.cpu then
    P.set_cpu_limit(decoded.cpu)
  end
  env = P.new_env()
  P.install_api(env, api)
  for key, value in next, P.decode_wire(values) do
    env[key] = value
  end
  env.params = P.decode_wire(params)
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

local function invoke(id, fn, text)
  local target = P.callbacks[fn]
  if fn == 0 then
    target, main_chunk = main_chunk, nil
    P.main_id = id
  end
  if not target or P.run_ended() then
    return P.refuse(id, target and "the spell has ended; its functions cannot be called any more" or "there is no function " .. tostring(fn))
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
  return P.invoke(id, target, args, n, fn == 0)
end

local function item(id, text, done, fault)
  return P.stream_item(id, text and P.decode_wire(text), done, fault and P.decode_wire(fault))
end

-- End the run for the reason the kill left behind; give the answers of all open invokes and the reason.
local function fail(reason)
  reason = P.killed or reason
  P.killed = reason
  local limits = P.limits or {}
  local errors = {
    cpu = '{"type":"timeout","code":4004,"message":"the spell used more than ' .. tostring(limits.cpu) .. ' s of CPU time"',
    memory = '{"type":"memory_limit","code":4005,"message":"the spell used more than ' .. tostring(limits.memory) .. ' bytes of memory"',
    output = '{"type":"resource_exhausted","code":4009,"message":"the spell wrote more than ' .. tostring(limits.output) .. ' bytes"',
  }
  local text = errors[reason] or '{"type":"internal","code":6009,"message":"the Lua engine failed"'
  return P.fail_all(text .. ',"recoverable":false,"suggestions":[]}')
end

return {
  hello = hello,
  settle = P.settle,
  settle_json = settle_json,
  invoke = invoke,
  item = item,
  cancel = P.cancel_invoke,
  release = P.release_callback,
  rest = P.rest,
  fail = fail,
  env = function()
    return env
  end,
}

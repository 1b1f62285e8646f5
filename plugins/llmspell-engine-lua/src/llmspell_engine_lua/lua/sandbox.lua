-- The environment of a script: what it may use, in tables of its own. The real globals stay in this prelude.
local P = ...

local error, load, next, rawget, setmetatable, type = error, load, next, rawget, setmetatable, type
local sub, find = string.sub, string.find
local memory = collectgarbage
local raw_getmetatable = P.raw_getmetatable

local PLAIN = {
  "assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "rawset", "select",
  "tonumber", "type", "_VERSION",
}

local function copy(library, except)
  local out = {}
  for name, value in next, library do
    if not except or not except[name] then
      out[name] = value
    end
  end
  return out
end

-- Finalizers run with the limits switched off, so there are none.
local function safe_setmetatable(value, mt)
  if type(mt) == "table" and rawget(mt, "__gc") ~= nil then
    local advice = { "use a <close> variable or Async.with_resource" }
    return P.raise("security", 4006, "__gc is not available in a spell", advice)
  end
  return setmetatable(value, mt)
end

local function safe_load(env)
  return function(chunk, name, mode, own)
    if type(chunk) == "string" and find(chunk, "^\27") then
      return nil, "bytecode is never run"
    end
    local label = type(name) == "string" and name or type(chunk) == "string" and chunk or "=(load)"
    if sub(label, 1, 1) == "=" or sub(label, 1, 1) == "@" then
      label = "@" .. sub(label, 2)
    else
      label = "@(load)"
    end
    if own == nil then
      own = env
    end
    return load(chunk, label, "t", own)
  end
end

local function garbage(what)
  if what == "count" then
    return memory("count")
  elseif what == nil or what == "collect" or what == "step" then
    return 0
  end
  return error("collectgarbage: only 'count' is available in a spell", 2)
end

-- Make a fresh environment; the API is installed into it afterwards.
function P.new_env()
  local env = {}
  for i = 1, #PLAIN do
    env[PLAIN[i]] = _G[PLAIN[i]]
  end
  env._G = env
  env.setmetatable, env.load, env.collectgarbage = safe_setmetatable, safe_load(env), garbage
  env.pcall, env.xpcall, env.print, env.tostring = P.pcall, P.xpcall, P.print, P.tostring
  env.coroutine = copy(P.coroutine)
  env.string, env.table = P.new_string(), P.new_table()
  env.math, env.utf8 = copy(math), copy(utf8)
  env.os = { time = os.time, date = os.date, clock = os.clock, difftime = os.difftime }
  env.require = P.new_require(env, "")
  if P.durable then
    P.make_durable(env)
  end
  local text_mt = raw_getmetatable("")
  text_mt.__index, text_mt.__metatable = env.string, false
  return env
end

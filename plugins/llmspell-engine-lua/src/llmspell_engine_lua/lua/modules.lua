-- require: the API by name, and modules the kernel reads from the spell's folder.
local P = ...

local error, load, setmetatable, type = error, load, setmetatable, type
local find, gsub, lower, match, upper = string.find, string.gsub, string.lower, string.match, string.upper

local loaded = {} -- name -> { value }
local loading = {} -- name -> { task, waiters }

local ALIASES = { errors = "errorhandler", error = "errorhandler", logging = "log", utils = "async" }

-- Compile source text; a first line with `#!` is a comment and lines keep their numbers.
function P.compile(source, name, env)
  source = gsub(source, "^\239\187\191", "")
  source = gsub(source, "^#", "--", 1)
  if find(source, "^\27") then
    return nil, P.make_error({ type = "security", code = 4006, message = name .. " is bytecode, which is never run" })
  end
  local chunk, message = load(source, "@" .. name, "t", env)
  if not chunk then
    return nil, P.syntax_error(message, source)
  end
  return chunk
end

local function space_named(name)
  local key = gsub(lower(name), "_", "")
  return P.space_by_lower[key] or P.space_by_lower[ALIASES[key] or ""]
end

-- The API as one table: `llmspell.Agent`, `llmspell.agent`, `llmspell.HttpTool`.
local function api_member(_, name)
  if type(name) ~= "string" then
    return nil
  end
  local found = P.spaces[name] or space_named(name) or P.constructor_named(name)
  if found == nil then
    P.refuse_absent(gsub(name, "^%l", upper))
  end
  return found
end

local function api_module(name)
  local rest = match(name, "^@?r?s?[-/]?llmspell[./]([%w_]+)$")
  if rest then
    local found = space_named(rest)
    if not found then
      P.refuse_absent(gsub(rest, "^%l", upper))
    end
    return found
  elseif name == "llmspell" or name == "rs-llmspell" or name == "@rs/llmspell" then
    return P.api_table
  end
end

local function wait_for(entry, name)
  if entry.task == P.current_task() then
    return P.raise("runtime", 4002, "module '" .. name .. "' requires itself, directly or through another module",
      { "move what both need into a third module, or require it inside the function that uses it" })
  end
  local token = {}
  entry.waiters[#entry.waiters + 1] = { P.current_task(), token }
  P.park(token)
end

local function run_module(name, env)
  local reply = P.call("Module.load", name)
  local key = type(reply) == "table" and reply.name or name
  if loaded[key] then
    return loaded[key]
  end
  local chunk, message = P.compile(reply.source, key, env)
  if not chunk then
    return error(message, 0)
  end
  local value = chunk(name, key)
  loaded[key] = { value == nil and true or value }
  return loaded[key]
end

local function release(name, entry)
  loading[name] = nil
  for i = 1, #entry.waiters do
    P.wake_token(entry.waiters[i][1], entry.waiters[i][2], true)
  end
end

-- Make the `require` of an environment.
function P.new_require(env)
  P.api_table = setmetatable({}, { __index = api_member, __metatable = false })
  local function require(name)
    if type(name) ~= "string" then
      return error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
    end
    local api = api_module(name)
    if api then
      return api
    end
    while not loaded[name] do
      local entry = loading[name]
      if entry then
        wait_for(entry, name)
      else
        entry = { task = P.current_task(), waiters = {} }
        loading[name] = entry
        local guard <close> = setmetatable({}, {
          __close = function()
            release(name, entry)
          end,
        })
        loaded[name] = run_module(name, env)
      end
    end
    return loaded[name][1]
  end
  return require
end

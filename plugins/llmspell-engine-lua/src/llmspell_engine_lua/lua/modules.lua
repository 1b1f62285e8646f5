-- require: the API by name, and modules the kernel reads from the spell's folder.
local P = ...

local error, load, setmetatable, type = error, load, setmetatable, type
local find, gmatch, gsub, lower = string.find, string.gmatch, string.gsub, string.lower
local match, upper = string.match, string.upper
local concat = table.concat

local loaded = {} -- name -> { value }
local loading = {} -- name -> { task, waiters }

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
  return P.space_by_lower[key] or P.spaces[P.module_names[key]]
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

-- Give what the kernel is asked for: `./lib/words` for a name that begins at the file in `folder`, else the name.
local function resolved(name, folder)
  if not find(name, "^%.%.?/") then
    return name
  end
  local parts = {}
  for part in gmatch(folder .. "/" .. name, "[^/]+") do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "./" .. concat(parts, "/")
end

function P.folder_of(path)
  return match(path, "^(.*)/[^/]*$") or ""
end

-- The globals of a module are those of the spell, but `require` knows where it is.
local function module_env(env, path)
  local own = { require = P.new_require(env, P.folder_of(path)) }
  return setmetatable(own, { __index = env, __newindex = env, __metatable = false })
end

local function decode_json(text, path)
  local decoded, value = P.raw_pcall(P.decode_plain, (gsub(text, "^\239\187\191", "")))
  if not decoded then
    local message = P.decode_fault(value) or "it cannot be read"
    local where = path .. ":" .. (match(message, " at line (%d+)") or "1")
    return error(P.make_error({ type = "syntax", code = 4001, message = message, where = where }), 0)
  end
  return value
end

local function run_module(name, env)
  local reply = P.call("Module.load", name)
  local key = type(reply) == "table" and reply.name or name
  if loaded[key] then
    return loaded[key]
  end
  if find(key, "%.json$") then
    loaded[key] = { decode_json(reply.source, key) }
    return loaded[key]
  end
  local chunk, message = P.compile(reply.source, key, module_env(env, key))
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

-- Make the `require` of a file in `folder`.
function P.new_require(env, folder)
  P.api_table = P.api_table or setmetatable({}, { __index = api_member, __metatable = false })
  local function require(name)
    if type(name) ~= "string" then
      return error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
    end
    local api = api_module(name)
    if api then
      return api
    end
    name = resolved(name, folder)
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

-- The script API: namespaces and handle kinds from a string of names, functions made at their first use.
local P = ...

local byte, find, gmatch, gsub = string.byte, string.find, string.gmatch, string.gsub
local lower, match, sub = string.lower, string.match, string.sub
local error, next, rawset, select, setmetatable = error, next, rawset, select, setmetatable
local tostring, type = tostring, type

local MAX_CALLBACKS = 100000
local quote = P.quote

P.spaces = {} -- namespace name -> table
P.space_by_lower = {}
local kinds = {} -- handle kind -> metatable
local kind_names = {} -- handle kind -> string of method names
local suffixes, constructors = {}, {}
P.locals = {} -- namespace or kind of handle -> functions this engine implements itself
P.absent = {} -- name -> why it is not there
P.module_names = {} -- what a module may be called -> namespace

local function snake(name)
  return find(name, "%u") and gsub(gsub(name, "(%l)(%u)", "%1_%2"), "%u", lower) or name
end

local function parse_names(text)
  local names = {}
  for name, mark in gmatch(text, "([%w_*@]+)([!=.]?)") do
    names[name] = mark == "!" and "post" or mark == "=" and "local" or mark == "." and "dotted" or "call"
  end
  return names
end

local function post_op(op, n, ...)
  return P.post_output('{"t":"post","op":' .. quote(op) .. ',"args":' .. P.encode_args(op, n, ...) .. "}")
end

local function called_as_method(op)
  return P.invalid(op .. " was called with a colon", { "write a dot: " .. op .. "(...)" })
end

local function call_binder(op, space)
  local encode_args, call_text = P.encode_args, P.call_text
  return function(...)
    if space and (...) == space then
      return called_as_method(op)
    end
    return call_text(op, encode_args(op, select("#", ...), ...))
  end
end

local function post_binder(op, space)
  return function(...)
    if space and (...) == space then
      return called_as_method(op)
    end
    return post_op(op, select("#", ...), ...)
  end
end

-- Raise an error when `name` is one the API does not have yet.
local function refuse_absent(name)
  if P.absent[name] then
    return P.raise("api_unavailable", 4007, P.absent_message(name))
  end
end
P.refuse_absent = refuse_absent

function P.absent_message(name)
  return name .. " is not available: " .. P.absent[name]
end

-- Find the function `name` of a namespace, or nil.
local function bind(space, names, name)
  local found = snake(name)
  local mark = names[found]
  if mark == "call" then
    return call_binder(space .. "." .. found, P.spaces[space])
  elseif mark == "post" then
    return post_binder(space .. "." .. found, P.spaces[space])
  end
  local own = P.locals[space] -- also what this engine has beyond the definition (JSON.null)
  local value = own and own[found]
  if value == nil then
    refuse_absent(space .. "." .. found)
  end
  return value
end

local function new_space(space, text)
  local names
  local getter = find(text, " %*$") or find(text, " %* ")
  return setmetatable({}, {
    __name = space,
    __metatable = false,
    __tostring = function()
      return space
    end,
    __index = function(self, name)
      if type(name) ~= "string" then
        return nil
      end
      names = names or parse_names(text)
      local value = bind(space, names, name)
      if value == nil and getter then
        value = P.call(space .. ".@get", name)
      end
      if value ~= nil then
        rawset(self, name, value)
      end
      return value
    end,
  })
end

local function bind_method(kind, name)
  local op = kind .. "." .. name
  local label = kind .. ":" .. name
  local kind_mt = kinds[kind]
  return function(self, ...)
    if P.raw_getmetatable(self) ~= kind_mt then
      return P.invalid(label .. " was called without its object", { "write a colon: " .. label .. "(...)" })
    end
    local args = P.encode_args(label, select("#", ...), ...)
    args = args == "[]" and "]" or "," .. sub(args, 2)
    return P.call_text(op, "[" .. P.forms[self] .. args)
  end
end

-- A method that may be called with a dot as well: it knows its object.
local function dotted_method(self, kind, name)
  local method = bind_method(kind, name)
  return function(...)
    if (...) == self then
      return method(...)
    end
    return method(self, ...)
  end
end

local handle_fields = setmetatable({}, { __mode = "k" })

local function new_kind(kind)
  local names, methods = nil, {}
  local mt = { __name = kind, __metatable = false }
  function mt.__index(self, name)
    local value = methods[name]
    if value ~= nil then
      return value
    end
    if type(name) == "string" then
      names = names or parse_names(kind_names[kind] or "")
      local found = snake(name)
      if names[found] == "dotted" then
        return dotted_method(self, kind, found)
      elseif names[found] then
        value = names[found] == "local" and P.locals[kind][found] or bind_method(kind, found)
        methods[name] = value
        return value
      end
      refuse_absent(kind .. "." .. found)
    end
    local fields = handle_fields[self]
    return fields and fields[name]
  end
  function mt.__newindex()
    return P.invalid("a " .. kind .. " cannot be changed from a script")
  end
  function mt.__pairs(self)
    return P.next, handle_fields[self] or {}
  end
  function mt.__tostring(self)
    return kind .. "#" .. (match(P.forms[self], ",([^%]]*)%]") or "?")
  end
  kinds[kind] = mt
  return mt
end

local handles = setmetatable({}, { __mode = "v" })

-- Give the one table that stands for the handle; new field values replace old ones.
function P.handle(kind, id, fields)
  local form = '{"$h":[' .. quote(kind) .. "," .. (type(id) == "string" and quote(id) or tostring(id)) .. "]}"
  local handle = handles[form]
  if not handle then
    handle = setmetatable({}, kinds[kind] or new_kind(kind))
    handles[form], P.forms[handle] = handle, form
  end
  P.received(handle, form)
  if fields then
    handle_fields[handle] = fields
  end
  return handle
end

local foreign = setmetatable({}, { __mode = "v" })

-- Give the one function that stands for one of another script; calling it waits, as calls of the API do.
function P.foreign_function(id)
  local form = '{"$h":["function",' .. tostring(id) .. "]}"
  local made = foreign[form]
  if not made then
    made = function(...)
      return P.call_text("Spell.@call", "[" .. form .. "," .. P.encode_args("argument of the function", select("#", ...), ...) .. "]")
    end
    foreign[form], P.forms[made] = made, form
  end
  P.received(made, form)
  return made
end

-- Functions that crossed: n -> function, function -> n, and how often each was sent.
P.callbacks = {}
local numbers, sent = {}, {}
local last_callback, callback_count = 0, 0

function P.callback_form(fn)
  local n = numbers[fn]
  if not n then
    if callback_count >= MAX_CALLBACKS then
      return P.exhausted("more than " .. MAX_CALLBACKS .. " functions were handed to the kernel")
    end
    n, callback_count = last_callback + 1, callback_count + 1
    last_callback = n
    numbers[fn], P.callbacks[n], sent[n] = n, fn, 0
  end
  sent[n] = sent[n] + 1
  return '{"$fn":' .. n .. "}"
end

-- The kernel gives one sending of callback `n` back.
function P.release_callback(n)
  local fn = P.callbacks[n]
  if fn then
    sent[n] = sent[n] - 1
    if sent[n] <= 0 then
      callback_count = callback_count - 1
      numbers[fn], P.callbacks[n], sent[n] = nil, nil, nil
    end
  end
end

local function constructor(name, op)
  local made = constructors[name]
  if not made then
    made = setmetatable({
      new = function(options)
        return P.call(op, name, options)
      end,
    }, { __name = name, __metatable = false })
    constructors[name] = made
  end
  return made
end

-- Give the constructor that a name means, or nil.
function P.constructor_named(name)
  if not find(name, "^%u") then
    return nil
  end
  for i = 1, #suffixes do
    local suffix, op = suffixes[i][1], suffixes[i][2]
    if suffix == name or byte(suffix) == 42 and #name > #suffix - 1 and sub(name, 1 - #suffix) == sub(suffix, 2) then
      return constructor(name, op)
    end
  end
end

local function global_getter(_, name)
  if name == "yield" or name == "await" then
    return P.raise("syntax", 4001, "a bare " .. name .. " is not Lua", { P.WAIT_HINT })
  elseif type(name) == "string" then
    return P.constructor_named(name)
  end
end

local function check_locals(owner, text)
  local own = P.locals[owner] or {}
  for name in gmatch(text, "([%w_]+)=") do
    if own[name] == nil then
      return error("engine lua does not implement the local function " .. owner .. "." .. name, 0)
    end
  end
end

local function install_space(env, space, text)
  check_locals(space, text)
  local made = new_space(space, text)
  env[space], P.spaces[space], P.space_by_lower[lower(space)] = made, made, made
end

local function install_post(env, name)
  if name == "print" then
    env.print = P.print
  elseif name == "log" then
    env.log = P.log_table()
  elseif name ~= "error" then -- Lua's own error raises; log.error logs
    env[name] = post_binder("Log." .. name)
  end
end

-- Put the API into `env`.
function P.install_api(env, api)
  for letter, rest in gmatch(api, "(%u) ([^\n]+)") do
    if letter == "X" then
      local name, why = match(rest, "^(%S+) (.*)$")
      P.absent[name] = why
    elseif letter == "N" then
      install_space(env, match(rest, "^(%S+)"), sub(rest, #match(rest, "^%S+") + 1))
    elseif letter == "H" then
      local kind = match(rest, "^(%S+)")
      kind_names[kind] = sub(rest, #kind + 1)
      check_locals(kind, kind_names[kind])
    elseif letter == "P" then
      for name in gmatch(rest, "%S+") do
        install_post(env, name)
      end
    elseif letter == "M" then
      local space = match(rest, "^(%S+)")
      for name in gmatch(sub(rest, #space + 1), "%S+") do
        P.module_names[name] = space
      end
    elseif letter == "G" then
      local ending, space = match(rest, "^(%S+) (%S+)")
      suffixes[#suffixes + 1] = { ending, space .. ".@construct" }
    end
  end
  setmetatable(env, { __index = global_getter })
end

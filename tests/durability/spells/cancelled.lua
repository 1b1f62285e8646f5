-- Parts that are given up in the middle of what they do: a tool of the script, an agent, a workflow.
local function say(tool, name, wait) return Tools.get(tool):execute({ name = name, wait = wait }).result end
local begun = {}
local function once(name) Async.yield_until(function() return begun[name] end); return "gave up " .. name end
local function hold(name) say("mark", "begun " .. name); begun[name] = true; return say("renew", "never", 3600) end
local slow = Tool.create({
  name = "slow", description = "Takes long.",
  parameters = { type = "object", properties = { name = { type = "string" } } },
  execute = function(given) return { said = hold(given.name) } end,
})
local agent = Agent.create({ name = "patient", model = "counted", tools = { slow } })
local flow = Workflow.parallel({ name = "flow", steps = {
  { name = "a", run = function() return hold("step") end }, { name = "b", tool = "renew", input = { name = "never", wait = 3600 } },
} })
local one = Async.race({ function() return slow:execute({ name = "alone" }) end, function() return once("alone") end })
local two = Async.race({ function() return agent:chat("use slow name=asked") end, function() return once("asked") end })
local run = flow:start()
once("step")
run:cancel("enough")
local ok, problem = pcall(function() return run:wait() end)
local sides = Async.all({
  function() return Async.race({ function() return slow:execute({ name = "left" }) end, function() return once("left") end }) end,
  function() return Async.race({ function() return slow:execute({ name = "right" }) end, function() return once("right") end }) end,
})
say("mark", "after")
return { one, two, problem.type, sides }

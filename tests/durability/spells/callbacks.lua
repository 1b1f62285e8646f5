-- A hook, a handler of events and a tool of the script, called side by side, each of which does something.
local function say(tool, name) return Tools.get(tool):execute({ name = name }).result end
local hooked, heard = 0, {}
local pair = Tool.create({
  name = "pair", description = "Does two things.",
  parameters = { type = "object", properties = { name = { type = "string" } } },
  execute = function(given)
    Async.sleep(2)
    say("mark", "inside " .. given.name)
    Events.emit("paired_" .. given.name, {})
    return { seen = say("look", "end " .. given.name) }
  end,
})
Hooks.register("before_tool_execution", function(context)
  if context.tool == "pair" then hooked = hooked + 1; say("mark", "hook " .. context.input.name) end
end)
Events.subscribe("paired_*", function(event)
  say("renew", "heard " .. event.name)
  heard[#heard + 1] = event.name
end)
local jobs = {}
for number = 1, 3 do jobs[number] = function() return pair:execute({ name = "n" .. number }).result.seen end end
jobs[4] = function() return Async.race({ function() Async.sleep(3600000) end, function() return pair:execute({ name = "n4" }).result.seen end }) end
local found = Async.all(jobs)
Events.flush()
table.sort(heard)
return { found = found, hooked = hooked, heard = heard }

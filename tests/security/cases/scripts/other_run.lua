-- Another run, under way while the others are tried: it holds a canary in all that a spell can hold one in.
local canary = params.canary
kept = canary
string.kept = canary
State.set("kept", canary)
local holder = { canary = canary }
Events.subscribe("other_*", function(event) kept = canary .. event.name end)
Hooks.register("before_tool_execution", function() return nil end)
local tool = Tool.new {
  name = "other_tool",
  description = canary,
  parameters = {},
  execute = function() return { canary = holder.canary } end,
}
local agent = Agent.new { name = "other_agent", system_prompt = canary }
print("ready")
while true do
  Events.emit("other_beat", { canary = canary })
  Async.sleep(50)
end

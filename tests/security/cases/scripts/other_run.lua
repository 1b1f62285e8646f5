-- Another run, under way while the others are tried: it holds a canary in all that a spell can hold one in, and says when
-- somebody has touched it.
local canary = params.canary
kept = canary
string.kept = canary
State.set("kept", canary)
local heard = 0
Events.subscribe("other_*", function(event)
  heard = heard + 1
  if event.data.canary ~= canary then print("an event came from outside") end
end)
Hooks.register("before_tool_execution", {
  name = "other_hook",
  handler = function(context)
    if context.tool ~= "other_tool" then print("a hook heard of " .. context.tool) end
  end,
})
local tool = Tool.new {
  name = "other_tool",
  description = canary,
  parameters = {},
  execute = function() return { canary = canary } end,
}
local agent = Agent.new { name = "other_agent", system_prompt = canary }
print("ready")
while true do
  local before = heard
  Events.emit("other_beat", { canary = canary })
  Events.flush()
  if heard == before then print("its subscription is gone") end
  if State.get("kept") ~= canary then print("its state has changed") end
  if tool:execute({}).result.canary ~= canary then print("its tool is another") end
  Async.sleep(20)
end

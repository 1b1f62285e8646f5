-- A workflow that is paused from within, looked at, and gone on with.
local flow = Workflow.loop({ name = "rounds", count = 3, collect = true, steps = { { name = "one", run = function(context) Tools.get("mark"):execute({ name = "round " .. context.index }); return context.index end } } })
local told = 0
flow:on_step_complete(function(step, output)
  told = told + 1
  if output == 1 then flow:pause() end
end)
local run = flow:start()
Async.yield_until(function() return run:status().state == "paused" end)
run:resume()
return { rounds = run:wait().output, told = told }

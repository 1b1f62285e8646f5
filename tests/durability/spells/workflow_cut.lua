-- What a workflow within a step did is taken back when another step fails beside it, and when it is cancelled.
local function doing(name)
  return { name = name, tool = "mark", input = { name = name }, compensate = { tool = "mark", input = { name = "no " .. name } } }
end
local trip = Workflow.sequential({ name = "trip", steps = { doing("flight"), doing("hotel"),
  { name = "wait", run = function() Async.sleep("1h") end } } })
local function booked() return trip:get_status().current[1] == "wait" end
local function problem(flow)
  local ok, found = pcall(function() return flow:execute({}) end)
  return ok or found.type
end
local beside = Workflow.parallel({ name = "beside", steps = { { name = "trip", workflow = trip },
  { name = "bad", run = function() Async.yield_until(booked); Tools.get("broken"):execute({ name = "bad" }) end } } })
local first = problem(beside)
local run = Workflow.saga({ name = "held", steps = { doing("paid"), { name = "in", workflow = trip } } }):start()
Async.yield_until(booked)
run:cancel()
local _, cancelled = pcall(run.wait, run)
return { first, cancelled.type }

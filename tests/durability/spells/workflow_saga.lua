-- What was done is taken back when a later step fails; a step that fails at first is tried again.
local tries = 0
local flow = Workflow.saga({ name = "trip", steps = {
  { name = "flight", tool = "mark", input = { name = "flight" }, compensate = { tool = "mark", input = { name = "no flight" } } },
  { name = "hotel", retry = { attempts = 3, delay = 0.01 }, run = function() tries = tries + 1; if tries < 3 then error("full") end; return Tools.get("look"):execute({ name = "hotel" }).result end,
    compensate = { run = function() Tools.get("mark"):execute({ name = "no hotel" }) end } },
  { name = "car", tool = "broken", input = { name = "car" } },
} })
local ok, problem = pcall(function() return flow:execute({}) end)
return { ok = ok, problem = type(problem) == "table" and problem.type or tostring(problem), tries = tries }

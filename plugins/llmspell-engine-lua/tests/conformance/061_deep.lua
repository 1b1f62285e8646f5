local deep = {}
for _ = 1, 100 do deep = {deep} end
local cycle = {}
cycle.again = {cycle}
local messages = {}
for _, value in ipairs({deep, cycle}) do
  local _, problem = pcall(function() return Tools.tell:execute({value = value}) end)
  assert(problem.type == "conversion", problem.type)
  messages[#messages + 1] = problem.message
end
return messages

local types = {}
for _, value in ipairs({0 / 0, 1 / 0, -1 / 0}) do
  local _, problem = pcall(function() return Tools.tell:execute({value = {value}}) end)
  types[#types + 1] = problem.type
end
return types

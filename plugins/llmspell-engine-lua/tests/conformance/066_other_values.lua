local outcomes = {}
for _, value in ipairs({print, coroutine.create(print), setmetatable({one = 1}, {}), Tools}) do
  local ok, problem = pcall(function() return Tools.tell:execute({value = {value}}) end)
  outcomes[#outcomes + 1] = ok and "told" or problem.type
end
return outcomes

-- code: the stack of C, by coroutines inside sort, gsub and metamethods
local depth = 0
local function dive()
  depth = depth + 1
  if depth > 250 then return 1 end
  local co = coroutine.wrap(function()
    table.sort({ 3, 2, 1 }, function(a, b) dive() return a < b end)
    return ("x"):gsub("x", function() dive() end)
  end)
  return co()
end
pcall(dive)
return "held"

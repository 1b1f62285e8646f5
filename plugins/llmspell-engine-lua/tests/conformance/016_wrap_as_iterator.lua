local function range(last)
  return coroutine.wrap(function()
    for i = 1, last do
      Tools.tell:execute({value = i})
      coroutine.yield(i, i * i)
    end
  end)
end
local found = {}
for i, square in range(3) do found[#found + 1] = i + square end
return found

local function numbers()
  return coroutine.wrap(function()
    for i = 1, 3 do coroutine.yield(Tools.echo:execute({value = i}).result) end
  end)
end
local found = {}
for number in numbers() do found[#found + 1] = number end
return found

-- What the spells beside load.
local calls = 0
return {
  count = function(text)
    calls = calls + 1
    Tools.get("mark"):execute({ name = "counted " .. calls })
    local count = 0
    for _ in text:gmatch("%S+") do count = count + 1 end
    return count
  end,
  each = function(text, work)
    local found = {}
    for word in text:gmatch("%S+") do found[#found + 1] = work(word) end
    return found
  end,
}

-- A stream that is cut off is asked for again.
local agent = Agent.create({ name = "talker", model = "counted", remember = false })
local function told(text)
  for _ = 1, 3 do
    local said = ""
    local ok, problem = pcall(function()
      for part in agent:stream(text) do said = said .. (part.text or "") end
    end)
    if ok then return said end
    if problem.type ~= "stream_interrupted" then error(problem) end
  end
end
local one = told("a")
Tools.get("mark"):execute({ name = "between" })
return { one, told("b") }

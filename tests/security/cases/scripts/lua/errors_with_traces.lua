-- host: paths of the engine's own files, in what an error shows
local texts = {}
local function note(value, depth)
  if type(value) == "table" and depth < 4 then
    for key, item in pairs(value) do note(key, depth + 1) note(item, depth + 1) end
  elseif type(value) == "string" then
    texts[#texts + 1] = value
  end
end
for _, attempt in ipairs { function() Agent.get("nobody") end, function() Tools.get("nothing") end, function() error({ a = 1 }) end } do
  local _, problem = pcall(attempt)
  note(problem, 1)
  note(tostring(problem), 1)
  note(ErrorHandler.parse(problem), 1)
end
for _, text in ipairs(texts) do
  if text:find("site-packages", 1, true) or text:find("%.py[\":,]") or text:find("Traceback", 1, true) then
    return "reached " .. text
  end
end
return "held"

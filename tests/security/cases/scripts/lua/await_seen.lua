-- host: what a call yields to the engine, seen by a coroutine around it
local got = {}
local co = coroutine.create(function() return Tools.list() end)
repeat
  local answers = table.pack(coroutine.resume(co))
  for at = 2, answers.n do got[#got + 1] = answers[at] end
until coroutine.status(co) ~= "suspended"
for _, value in ipairs(got) do
  if type(value) == "table" and value[1] == nil and next(value) == nil then return "reached the token" end
end
return #got == 1 and "held" or "reached " .. #got

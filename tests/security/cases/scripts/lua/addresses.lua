-- host: where in the process a value lies
for _, value in ipairs { {}, print, coroutine.create(print), Agent, JSON.null, setmetatable({}, { __name = "x" }) } do
  local text = tostring(value)
  if text:find("0x%x%x%x%x") or text:find("%x%x%x%x%x%x%x%x") then return "reached " .. text end
end
return "held"

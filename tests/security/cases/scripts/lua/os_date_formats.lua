-- host: memory behind what the formats of os.date write
local found = {}
for byte = 1, 255 do
  local ok, text = pcall(os.date, "%" .. string.char(byte))
  if ok and #text > 200 then found[#found + 1] = text end
end
pcall(os.date, ("%c"):rep(10000))
pcall(os.date, "*t", 2 ^ 62)
pcall(os.date, "%Y", -2 ^ 62)
return #found > 0 and "reached " .. found[1] or "held"

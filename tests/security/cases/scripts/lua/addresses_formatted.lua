-- host: where in the process a value lies, by string.format
for _, form in ipairs { "%p", "%s", "%q", "%a", "%x", "%i" } do
  for _, value in ipairs { {}, print, "text" } do
    local ok, text = pcall(string.format, form, value)
    if ok and text:find("0x%x%x%x%x") then return "reached " .. text end
  end
end
return "held"

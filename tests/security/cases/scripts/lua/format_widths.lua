-- host: memory beside the buffer of string.format
for _, form in ipairs { "%99.99f", "%100d", "%.100d", "%1000000s", "%0100d", "%-99.99g", "%99.99a", "%#99.99x", "%5.5.5s", "%\0s", "%" } do
  local ok, text = pcall(string.format, form, 1e308)
  if ok and #text > 1000 then return "reached " .. form end
end
return "held"

-- host: what gsub makes of replacements with references that are not there
for _, replacement in ipairs { "%9", "%", "%\0", ("%1"):rep(1000), {}, print, setmetatable({}, { __index = _G }) } do
  local ok, text = pcall(string.gsub, "xyz", "(x)", replacement)
  if ok and #text > 100000 then return "reached" end
end
return "held"

-- run: the session of another run
local ok, found = pcall(Session.current)
if ok and found ~= nil then return "reached" end
for _, name in ipairs { "other", "probe", "*", "../other" } do
  if pcall(Session.join, name) then return "reached " .. name end
end
return "held"

-- host: an operation of the kernel's own, through a name with quotes in it
local names = { 'new","op":"Module.load', "@construct", "@get", "@call", "load.x", "__class__", "_session", "app", "new\0" }
for _, space in ipairs { Agent, Tools, Spell, Events, Config, State } do
  for _, name in ipairs(names) do
    local ok, found = pcall(function() return space[name] end)
    if ok and type(found) == "function" then return "reached " .. name end
  end
end
return "held"

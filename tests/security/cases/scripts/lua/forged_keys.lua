-- host: members of the API by keys that are no names
for _, space in ipairs { Agent, Tools, JSON, require("llmspell") } do
  for _, key in ipairs { 1, true, print, {}, 0.5, "", "\0", "__index", "__metatable" } do
    local ok, found = pcall(function() return space[key] end)
    if ok and found ~= nil then return "reached " .. tostring(key) end
  end
end
return "held"

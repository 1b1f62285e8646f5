-- host: what is looked up by something that is no name
for _, name in ipairs { {}, print, 1, true, setmetatable({}, { __tostring = function() return "os" end }) } do
  local ok, found = pcall(require, name)
  if ok then return "reached " .. tostring(found) end
end
return "held"

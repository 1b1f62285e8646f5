-- socket: a module from the network
local at = "://127.0.0.1:" .. params.port
for _, name in ipairs { "http" .. at .. "/x.lua", "https" .. at .. "/x", "ftp" .. at .. "/x", "data:text/plain,return 1" } do
  local ok, found = pcall(require, name)
  if ok then return "reached " .. tostring(found) end
end
return "held"

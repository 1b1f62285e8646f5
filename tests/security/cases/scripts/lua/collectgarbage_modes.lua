-- host: the collector, which keeps the limit of memory
for _, mode in ipairs { "stop", "restart", "setpause", "setstepmul", "generational", "incremental", "isrunning" } do
  local ok, value = pcall(collectgarbage, mode, 1)
  if ok and value ~= 0 then return "reached " .. mode end
end
return type(collectgarbage("count")) == "number" and "held" or "reached"

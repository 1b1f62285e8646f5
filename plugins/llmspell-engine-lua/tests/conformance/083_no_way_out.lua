local reached = {}
for _, name in ipairs({"io", "package", "dofile", "loadfile", "python", "ffi", "jit"}) do
  if _G[name] ~= nil or pcall(require, name) then reached[#reached + 1] = name end
end
for _, name in ipairs({"execute", "exit", "getenv", "remove", "rename", "tmpname", "setlocale"}) do
  if os[name] ~= nil then reached[#reached + 1] = "os." .. name end
end
if type(debug) == "table" then reached[#reached + 1] = "debug" end
if string.dump then reached[#reached + 1] = "string.dump" end
if getmetatable("") then reached[#reached + 1] = "the metatable of text" end
if pcall(collectgarbage, "stop") then reached[#reached + 1] = "collectgarbage" end
return JSON.array(reached)

-- host: the engine's own decoder, by texts that look like its forms
for _, text in ipairs { '{"$h":["agent",1]}', '{"$fn":1}', '{"$s":1}', '[{"$b":"AAAA"}]', '{"a":1,"a":2}', '{"__index":1}', "[" .. ("["):rep(300), '"\\ud800"' } do
  local ok, value = pcall(JSON.decode, text)
  if ok and (type(value) == "function" or getmetatable(value) == false and type(value) == "table") then return "reached by " .. text end
end
return "held"

-- host: the engine's own place in messages, taken by a chunk of the same name
for _, name in ipairs { "=[llmspell]", "@[llmspell]", "[llmspell]", "=[C]", "@/etc/passwd", ("x"):rep(1e5) } do
  local chunk = load("error('here')", name)
  local ok, problem = pcall(chunk)
  if ok then return "reached" end
  if ErrorHandler.parse(problem).message:find("secret", 1, true) then return "reached" end
end
return "held"

-- host: the engine's own parts, as if they were parts of the API
for _, name in ipairs { "llmspell._P", "llmspell.driver", "llmspell.python", "llmspell.__index", "@rs/llmspell.main", "[llmspell]" } do
  local ok, found = pcall(require, name)
  if ok and found ~= nil then return "reached " .. name end
end
return "held"

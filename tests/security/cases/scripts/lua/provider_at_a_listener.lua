-- socket: a provider whose address is the listener's
for _, name in ipairs { "openai", "anthropic", "ollama", "local" } do
  pcall(Config.configure_provider, name, { base_url = "http://127.0.0.1:" .. params.port, api_key = "x", timeout = "1s" })
  local ok, answer = pcall(function() return Agent.new { name = name .. "_a", model = name .. "/x" }:chat("hello") end)
  if ok then return "reached " .. tostring(answer) end
end
return "held"

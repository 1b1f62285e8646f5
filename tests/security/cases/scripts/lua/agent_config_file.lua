-- file: the configuration of an agent by any path
for _, path in ipairs { params.file, "../outside/secret.txt", "link.txt" } do
  local ok, problem = pcall(Agent.create_from_config, path)
  if ok then return "reached" end
end
return "held"

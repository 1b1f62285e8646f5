-- file: a template of agents by any path
for _, path in ipairs { params.file, "../outside/secret.txt", "link.txt" } do
  local ok, problem = pcall(Template.load, path)
  if ok then return "reached" end
  if tostring(problem):find("file-", 1, true) then return problem end
end
return "held"

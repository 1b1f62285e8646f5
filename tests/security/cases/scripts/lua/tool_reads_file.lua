-- file: the tool that reads, without the right
for _, path in ipairs { params.file, "../outside/secret.txt", "link.txt", "/proc/self/environ" } do
  local ok, answer = pcall(function() return Tools.get("file_reader"):execute { path = path } end)
  if ok then return answer end
end
return "held"

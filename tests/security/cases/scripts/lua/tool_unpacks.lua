-- file: the tool of archives, which both reads and writes
for _, operation in ipairs { "extract", "list", "create" } do
  local ok = pcall(function()
    return Tools.get("file_archiver"):execute { operation = operation, archive = params.file, target = params.folder, path = params.file }
  end)
  if ok then return "reached by " .. operation end
end
return "held"

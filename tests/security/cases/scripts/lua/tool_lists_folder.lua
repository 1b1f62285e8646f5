-- file: names in a folder, by the tools that look without reading
local attempts = {
  function() return Tools.get("directory_lister"):execute { path = params.folder } end,
  function() return Tools.get("file_metadata"):execute { path = params.file } end,
  function() return Tools.get("file_search"):execute { path = params.folder, pattern = "*" } end,
  function() return Tools.get("hash_calculator"):execute { path = params.file } end,
}
for at, attempt in ipairs(attempts) do
  if pcall(attempt) then return "reached by attempt " .. at end
end
return "held"

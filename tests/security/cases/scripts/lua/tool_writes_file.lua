-- file: the tool that writes, without the right
local ok = pcall(function() return Tools.get("file_writer"):execute { path = params.folder .. "/mark", content = "x" } end)
return ok and "reached" or "held"

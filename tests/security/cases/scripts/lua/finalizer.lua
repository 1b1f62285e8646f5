-- host: code that runs while the collector does, without limits
local ok = pcall(setmetatable, {}, { __gc = function() end })
return ok and "reached" or "held"

-- file: the operation behind `require`, called by itself
local space = rawget(_G, "Module")
local ok, found = pcall(function() return space.load(params.folder .. "/secret.lua") end)
return ok and JSON.encode(found) or "held"

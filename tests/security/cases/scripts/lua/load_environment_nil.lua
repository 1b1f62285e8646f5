-- host: loaded text whose environment is given as nothing
local chunk = load("return _ENV", "x", "t", nil)
local ok, env = pcall(chunk)
if ok and type(env) == "table" and env ~= _G then return "reached another environment" end
return "held"

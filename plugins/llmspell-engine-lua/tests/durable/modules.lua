local parts = require("modules/parts")
local ok, fault = pcall(require, "modules/missing")
return { parts.names(), parts.ask(), ok, fault.message, tostring(parts) == tostring(require("modules/parts")) }

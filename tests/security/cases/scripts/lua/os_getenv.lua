-- variable: the library os as Lua has it
local reached = type(os) == "table" and os.getenv and os.getenv(params.variable)
return reached or "held"

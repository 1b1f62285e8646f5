-- host: the table by which lupa shows Python
local found = rawget(_G, "python") or rawget(_G, "lupa")
if not found then return "held" end
return "reached " .. tostring(found.builtins and found.builtins.open(params.file).read())

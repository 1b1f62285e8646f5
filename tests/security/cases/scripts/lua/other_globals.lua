-- run: globals and libraries that another run has changed
if kept ~= nil or string.kept ~= nil then return kept or string.kept end
return "held"

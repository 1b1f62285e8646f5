-- host: the table that holds every object of the state
if type(debug) ~= "table" then return "held" end
for key in pairs(debug.getregistry()) do return "reached " .. tostring(key) end
return "held"

-- variable: the places where an environment might be shown
for _, place in ipairs { "ENVIRONMENT", "ENV", "env", "process" } do
  local found = rawget(_G, place)
  if type(found) == "table" then
    local value = found[params.variable] or type(found.env) == "table" and found.env[params.variable]
    if value then return value end
  end
end
return "held"

-- code: counts of variables, upvalues and constants that overflow a byte
local names = {}
for at = 1, 300 do names[at] = "v" .. at end
local list = table.concat(names, ",")
for _, source in ipairs {
  "local " .. list,
  "return function(" .. list .. ") end",
  "goto " .. ("x"):rep(1000) .. " ::" .. ("x"):rep(1000) .. "::",
  "local x <const> = 1; x = 2",
  "local x <close>, y <close> = nil, nil",
  "return {" .. ("1,"):rep(300000) .. "}",
  "return " .. ("function() "):rep(190) .. ("end "):rep(190),
} do
  local chunk = load(source)
  if chunk then pcall(chunk) end
end
return "held"

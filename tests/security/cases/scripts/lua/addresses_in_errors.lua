-- host: where in the process a value lies, in a message of Lua's own
for _, attempt in ipairs {
  function() return {} .. "" end,
  function() return {} < {} end,
  function() return #print end,
  function() return ("x"):rep({}) end,
  function() error({}) end,
  function() return table.concat { {} } end,
  function() return 1 + {} end,
  function() return setmetatable({}, { __name = "name" }) .. "" end,
  function() return ipairs() end,
} do
  local _, problem = pcall(attempt)
  local text = tostring(problem)
  if text:find("0x%x%x%x%x") then return "reached " .. text end
end
return "held"

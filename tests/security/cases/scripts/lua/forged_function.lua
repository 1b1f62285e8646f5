-- run: a function of another script, by its number
for id = 0, 30 do
  local ok = pcall(function() return Tool.new { name = "x" .. id, description = "x", parameters = {}, execute = { ["$fn"] = id } }:execute {} end)
  if ok then return "reached function " .. id end
end
return "held"

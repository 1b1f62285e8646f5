-- run: an object of another run, by what a function gives back
local at = 0
local maker = Tool.new { name = "maker", description = "x", parameters = {}, execute = function() at = at + 1 return { made = { ["$h"] = { "agent", at } } } end }
for _ = 1, 20 do
  local made = maker:execute({}).result.made
  if getmetatable(made) ~= nil then return "reached" end
end
return "held"

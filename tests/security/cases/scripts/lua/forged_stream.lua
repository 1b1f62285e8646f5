-- run: a stream of another run, by its number
for id = 1, 20 do
  local ok, found = pcall(function() return Tools.get { ["$s"] = id } end)
  if ok then return "reached stream " .. id end
end
return "held"

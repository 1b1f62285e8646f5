local ok, e = xpcall(function() error("first") end, function() error("second") end)
Tools.tell:execute({value = "caught"})
local again, twice = pcall(function()
  if not pcall(error, "first") then error("second") end
end)
error(twice)

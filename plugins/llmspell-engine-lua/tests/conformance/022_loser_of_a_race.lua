local function late()
  Tools.wait_for:execute({gate = "later"})
  error("too late")
end
local first = Async.race({late, function() return Tools.echo:execute({value = "first"}).result end})
Tools.open_gate:execute({gate = "later"})
return first

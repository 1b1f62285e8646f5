local pcall, error, pack, told = pcall, error, table.pack, nil
local emit, yield_until = Events.emit, Async.yield_until
local function attempt()
@SCRIPT@
end
Events.subscribe("probe", function() told = pack(pcall(attempt)) end)
emit("probe", {})
yield_until(function() return told end)
if not told[1] then error(told[2], 0) end
return told[2]

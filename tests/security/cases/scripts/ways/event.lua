local pcall, error, pack, told = pcall, error, table.pack, nil
local emit, flush = Events.emit, Events.flush
local function attempt()
@SCRIPT@
end
Events.subscribe("probe", function() told = pack(pcall(attempt)) end)
emit("probe", {})
flush()
if not told[1] then error(told[2], 0) end
return told[2]

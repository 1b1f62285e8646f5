-- file: making one by a name that os gives
if not (os and os.tmpname) then return "held" end
return "reached " .. os.tmpname()

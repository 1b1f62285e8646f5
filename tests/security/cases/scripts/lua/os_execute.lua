-- process: a shell of the library os
if not (os and os.execute) then return "held" end
return "reached " .. tostring(os.execute("touch " .. params.folder .. "/mark"))

-- file: removing it by the library os
if not (os and os.remove) then return "held" end
return os.remove(params.file) and "reached" or "held"

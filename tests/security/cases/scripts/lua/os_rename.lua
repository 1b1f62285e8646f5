-- file: moving it by the library os
if not (os and os.rename) then return "held" end
return os.rename(params.file, params.file .. ".moved") and "reached" or "held"

-- file: compiling it
if not loadfile then return "held" end
return loadfile(params.folder .. "/secret.lua")()

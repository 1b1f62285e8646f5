-- file: running it
if not dofile then return "held" end
return dofile(params.folder .. "/secret.lua")

-- host: the globals of the state, in which loaded text might run
local libraries = load("return {io, package, python, dofile}")()
if next(libraries) then return "reached" end
local own = load("return _ENV")()
return own == _G and "held" or "reached another environment"

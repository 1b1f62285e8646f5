-- host: what the engine calls a chunk with
local given = load("return select('#', ...), ...")
local count = given()
local inside = (function(...) return select("#", ...) end)()
return count == 0 and inside == 0 and "held" or "reached"

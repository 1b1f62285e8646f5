-- Chance and the order of things are those of the run, however often it is taken up.
local first = math.random(1000000)
Tools.get("mark"):execute({ name = "between" })
local keys = {}
for key in pairs({ x = 1, y = 2, z = 3 }) do keys[#keys + 1] = key end
return { first, math.random(1000000), keys }

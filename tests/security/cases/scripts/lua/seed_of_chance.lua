-- run: numbers that another run draws, by the same seed
math.randomseed(1, 2)
local first = math.random(0)
math.randomseed()
local ok, one, two = pcall(math.randomseed)
return math.random(0) == first and "reached" or "held"

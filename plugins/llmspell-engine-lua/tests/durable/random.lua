local out = { math.random(), math.random(100), math.random(0), math.random(5, 9) }
math.randomseed(42)
out[#out + 1] = math.random(1000)
math.randomseed()
out[#out + 1] = math.random(1000)
Probe.echo(1)
math.randomseed()
out[#out + 1] = math.random(1000)
return out

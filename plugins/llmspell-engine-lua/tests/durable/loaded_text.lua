local made = load("local n = ... ; local x = Probe.echo(n) ; return x + 1", "=text")
local bad, why = load("x = = 1", "=bad")
return { made(1), why, select(2, pcall(load("error('here')"))), pcall(load, "\27Lua") }

local x = 0

local function ask()
  x = Probe.echo(1) end
ask()
x = Probe.echo(2)

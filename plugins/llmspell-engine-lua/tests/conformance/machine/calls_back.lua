return Probe.register(function(x) return Probe.echo(x) end)

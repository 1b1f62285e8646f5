Probe.register(function() Probe.slow('a') Probe.echo('b') end)

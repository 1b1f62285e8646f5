return Probe.register(function(x) return x + 1 end)

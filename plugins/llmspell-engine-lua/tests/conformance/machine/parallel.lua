return Async.all({function() return Probe.slow('a') end, function() return Probe.slow('b') end})

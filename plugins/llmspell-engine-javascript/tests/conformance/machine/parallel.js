return await Promise.all([Probe.slow('a'), Probe.slow('b')])

await Probe.register(lambda x: x + 1)

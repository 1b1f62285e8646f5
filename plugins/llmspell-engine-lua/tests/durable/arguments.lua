return Probe.echo{ z = 1, y = { x = 1, w = { 3, 2, 1 } }, [5] = nil, name = "text", b = "\xff\xfe" }

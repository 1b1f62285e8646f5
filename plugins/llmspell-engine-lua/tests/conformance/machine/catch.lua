local ok, e = pcall(Probe.fail) return e.type

try { await Probe.fail() } catch (error) { return error.type }

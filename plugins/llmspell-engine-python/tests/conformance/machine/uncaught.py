await Probe.fail()

Probe.fail()

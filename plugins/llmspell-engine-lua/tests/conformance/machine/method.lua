local box = Probe.echo(0) return box:open(5)

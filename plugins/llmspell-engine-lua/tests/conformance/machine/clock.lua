local before = os.time() Probe.echo(0) return { before, os.time() }

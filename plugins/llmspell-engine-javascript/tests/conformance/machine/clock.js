const seconds = () => Math.floor(Date.now() / 1000); const before = seconds(); await Probe.echo(0); return [before, seconds()]

[await Probe.echo(1), await Probe.echo(2)]

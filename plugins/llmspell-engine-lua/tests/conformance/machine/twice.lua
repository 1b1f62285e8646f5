return {Probe.echo(1), Probe.echo(2)}

return Probe.echo(params.value)

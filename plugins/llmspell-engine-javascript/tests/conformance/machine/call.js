return await Probe.echo(params.value)

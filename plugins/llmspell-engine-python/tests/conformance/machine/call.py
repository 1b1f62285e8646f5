await Probe.echo(params['value'])

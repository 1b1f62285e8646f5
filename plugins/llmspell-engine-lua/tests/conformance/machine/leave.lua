for item in Probe.echo(0) do return item end

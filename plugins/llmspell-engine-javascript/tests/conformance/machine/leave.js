for await (const item of Probe.echo(0)) return item

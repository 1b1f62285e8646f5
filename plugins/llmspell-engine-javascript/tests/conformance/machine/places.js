let x = 0

const ask = async () => {
  x = await Probe.echo(1) }
await ask()
x = await Probe.echo(2)

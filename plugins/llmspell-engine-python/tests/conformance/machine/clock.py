import time

before = int(time.time())
await Probe.echo(0)
[before, int(time.time())]

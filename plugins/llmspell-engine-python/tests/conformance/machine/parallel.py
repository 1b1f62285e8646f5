import asyncio
await asyncio.gather(Probe.slow('a'), Probe.slow('b'))

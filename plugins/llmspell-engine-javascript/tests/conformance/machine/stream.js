const out = []; for await (const item of Probe.echo(0)) out.push(item); return out

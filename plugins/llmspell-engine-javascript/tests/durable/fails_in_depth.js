const deep = (n) => { if (n === 0) throw Object.assign(new RangeError("deep"), { order: 7, at: new Date() }); return deep(n - 1); };
await Probe.echo(1);
deep(5);

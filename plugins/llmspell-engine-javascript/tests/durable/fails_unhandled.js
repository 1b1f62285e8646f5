(async () => { await Probe.echo(1); throw new Error("nobody looks"); })();
await Probe.echo(2);
await Probe.echo(3);

const first = [Math.random(), Math.random()];
await Probe.echo(1);
const all = Array.from({ length: 1000 }, () => Math.random());
return [first, all.reduce((a, b) => a + b) / 1000, Math.min(...all) >= 0, Math.max(...all) < 1, all[999]];

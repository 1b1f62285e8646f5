const sent = await Probe.echo({ z: 1, y: new Map([["b", 1], ["a", 2]]), x: new Set([3, 1, 2]), when: new Date(), big: 12345678901234567890n, bytes: new Uint8Array([1, 2]) });
const out = [];
for (const value of [NaN, Symbol("s"), () => 1, { a: { b: Infinity } }, /x/, Promise.resolve()]) out.push(await Probe.echo({ value }).then(() => "sent", (error) => error.message));
return [sent, out];

console.time("a");
await Probe.echo(1);
console.timeLog("a");
console.timeEnd("a");
console.log({ b: 1, a: [new Map([[{}, 1]]), new Set([() => 1]), new WeakMap(), Promise.resolve(1), new Error("x").message] });
console.log(new Date(), function named() {}, class A {}, Symbol("s"), new Proxy({}, {}));
console.count(); console.table([{ b: 1, a: 2 }]); console.warn({ z: 1, a: 2 });
return 1;

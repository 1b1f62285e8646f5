const out = [];
const slow = async (name, ms) => { await Async.sleep(ms); out.push(name + Date.now()); return Probe.echo(name); };
const all = await Async.all([() => slow("a", 30), () => slow("b", 10), () => slow("c", 20)]);
const first = await Async.race([() => slow("x", 50), () => slow("y", 5)]);
const settled = await Promise.allSettled([slow("s", 1), Probe.fail(), Promise.reject(new Error("no"))]);
return [out, all, first, settled.map((one) => one.status)];

// host: what the engine asks of a value, by a proxy that notes it
const asked = [];
const handler = new Proxy({}, { get: (_, trap) => (...given) => { asked.push([trap, given.length]); return Reflect[trap](...given); } });
const trap = new Proxy({ a: 1 }, handler);
try { await State.set("x", trap); } catch {}
try { JSON.stringify(trap); } catch {}
try { await Agent.new(trap); } catch {}
return asked.length < 10000 ? "held" : "reached";

// host: a call's own object, called with others' insides
const call = Tools.list();
const kind = Object.getPrototypeOf(call);
for (const name of Reflect.ownKeys(kind)) {
  const about = Reflect.getOwnPropertyDescriptor(kind, name);
  for (const fn of [about.value, about.get].filter((one) => typeof one === "function")) {
    for (const self of [{}, Promise.resolve(1), null, globalThis, new Proxy(call, {})]) {
      try { Promise.resolve(Reflect.apply(fn, self, [() => 1])).catch(() => {}); } catch {}
    }
  }
}
return (await call).length > 0 ? "held" : "reached";

// host: values of the engine, by setters on the prototype of all objects
let got = null;
for (const name of ["value", "id", "op", "args", "context", "resolve", "reject", "handler", "0", "t", "ok", "error", "n", "sent", "parent"]) {
  Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, set(value) { got ??= [name, value]; }, get() { return undefined; } });
}
await Tools.list();
await State.get("x");
print("x");
for (const name of ["value", "id", "op", "args", "context", "resolve", "reject", "handler", "0", "t", "ok", "error", "n", "sent", "parent"]) delete Object.prototype[name];
return got ? `reached ${got[0]}` : "held";

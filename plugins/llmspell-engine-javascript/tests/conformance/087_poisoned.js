const echo = await Tools.get("echo");
const poison = () => { throw new Error("poisoned"); };
for (const name of ["push", "map", "forEach", "join", "slice", "concat", "filter", "shift", "splice", "entries"]) {
  Array.prototype[name] = poison;
}
Array.prototype[Symbol.iterator] = poison;
Object.prototype.toJSON = poison;
Object.keys = Object.entries = Object.assign = Object.fromEntries = poison;
JSON.stringify = JSON.parse = poison;
Map.prototype.get = Map.prototype.set = Set.prototype.add = String.prototype.replace = poison;
globalThis.Promise = globalThis.Error = undefined;
return (await echo.execute({ value: { list: [1, "two"], map: { $h: 1.5 } } })).result;

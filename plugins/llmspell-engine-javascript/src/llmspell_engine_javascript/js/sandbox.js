// What a script finds in the global object: the language without what reaches around the isolate's limits or makes a
// run depend on the collector, and the functions that every host of JavaScript has.
const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "gc"];

P.removeGlobals = () => {
  for (let i = 0; i < REMOVED.length; i += 1) delete globalThis[REMOVED[i]];
};

// A copy by value, for the plain data that crosses to the kernel too.
function structuredClone(value) {
  const seen = new P.SafeMap();
  const copy = (one) => {
    if (typeof one === "function" || typeof one === "symbol") throw P.invalid(`a ${typeof one} cannot be cloned`);
    if (typeof one !== "object" || one === null) return one;
    if (seen.has(one)) return seen.get(one);
    if (P.isDate(one)) return new P.Date(P.dateTime(one));
    if (P.isBuffer(one) || P.isArrayBuffer(one)) return new P.Uint8Array(P.bytesOf(one));
    return copyContent(one, copy, seen);
  };
  return copy(value);
}

function copyContent(one, copy, seen) {
  if (P.isMap(one)) {
    const made = new Map();
    seen.set(one, made);
    P.mapEach(one, (item, key) => P.mapSet(made, copy(key), copy(item)));
    return made;
  }
  if (P.isSet(one)) {
    const made = new Set();
    seen.set(one, made);
    P.setEach(one, (item) => P.setAdd(made, copy(item)));
    return made;
  }
  const made = P.isArray(one) ? [] : {};
  seen.set(one, made);
  const keys = P.keys(one);
  for (let i = 0; i < keys.length; i += 1) {
    P.own(made, keys[i], copy(one[keys[i]]));
  }
  return made;
}

function installAll(target, functions) {
  const names = P.keys(functions);
  for (let i = 0; i < names.length; i += 1) P.hidden(target, names[i], functions[names[i]]);
}

P.installGlobals = () => {
  P.removeGlobals();
  P.hidden(globalThis, "console", P.console);
  installAll(globalThis, P.timers);
  P.hidden(globalThis, "structuredClone", structuredClone);
  P.hidden(globalThis, "LlmspellError", P.LlmspellError);
};

P.installValues = (values, params) => {
  const names = P.keys(values);
  for (let i = 0; i < names.length; i += 1) P.hidden(globalThis, names[i], values[names[i]]);
  P.hidden(globalThis, "params", params);
  P.process = P.freeze({ env: P.freeze({ ...values.ENVIRONMENT }) });
  P.hidden(globalThis, "process", P.process);
};

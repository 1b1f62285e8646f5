const gone = ["WeakRef", "FinalizationRegistry", "gc", "SharedArrayBuffer", "Atomics", "WebAssembly", "performance", "navigator", "ShadowRealm"].map((name) => typeof globalThis[name]);
const map = new WeakMap();
for (let i = 0; i < 20000; i += 1) map.set({}, { i });
return [gone, Object.getOwnPropertyNames(globalThis)];

// host: parts of the language that share, watch or lay out memory
for (const name of ["SharedArrayBuffer", "Atomics", "WebAssembly", "WeakRef", "FinalizationRegistry", "gc", "ShadowRealm"]) {
  if (typeof globalThis[name] !== "undefined") return `reached ${name}`;
  try { if (typeof new Function(`return ${name}`)() !== "undefined") return `reached ${name} by Function`; } catch {}
}
return "held";

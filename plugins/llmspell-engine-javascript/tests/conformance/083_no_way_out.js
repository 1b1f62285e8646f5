const reached = [];
const globals = [
  "process.binding", "process.exit", "Deno", "Bun", "fetch", "XMLHttpRequest", "WebSocket", "WebAssembly",
  "SharedArrayBuffer", "Atomics", "Worker", "importScripts", "WeakRef", "FinalizationRegistry",
];
for (const name of globals) {
  if (name.split(".").reduce((value, key) => value?.[key], globalThis) !== undefined) reached.push(name);
}
for (const name of ["fs", "node:fs", "child_process", "net", "http", "os", "vm", "worker_threads", "module"]) {
  try { require(name); reached.push(name); } catch {}
  try { await import(name); reached.push(`import ${name}`); } catch {}
}
return reached;

// socket: what browsers and other servers have
for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Worker", "importScripts", "Deno", "Bun", "navigator", "localStorage", "indexedDB", "caches"]) {
  if (typeof globalThis[name] !== "undefined") return `reached ${name}`;
}
return "held";

// host: code from texts, in the scope of the engine's timers
// ends: runtime
for (const make of [setTimeout, setInterval, setImmediate, queueMicrotask]) {
  try { const timer = make("globalThis.reached = typeof door !== 'undefined' || typeof $llm", 1); clearTimeout(timer); } catch {}
}
await Async.sleep(20);
return globalThis.reached && globalThis.reached !== "undefined" ? `reached ${globalThis.reached}` : "held";

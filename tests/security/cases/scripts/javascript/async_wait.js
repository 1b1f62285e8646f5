// host: waiting that the engine's timers were made of
for (const name of ["__timer_manager", "setTimeout"]) {
  const found = globalThis[name];
  if (found && typeof found === "object") return `reached ${name}`;
  if (found && /sharedarraybuffer|atomics/i.test(Function.prototype.toString.call(found))) return `reached ${name}`;
}
return "held";

// host: streams of the machine behind the console
for (const name of ["_stdout", "_stderr", "Console", "context", "memory", "_stdoutErrorHandler"]) {
  if (console[name] !== undefined) return `reached ${name}`;
}
try { console.log("%s %o %O %j %c", { toString() { throw new Error("x"); } }, globalThis, process, console, "x"); } catch {}
return "held";

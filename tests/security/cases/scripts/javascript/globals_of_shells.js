// file: what V8's own shell has
for (const name of ["read", "readbuffer", "readline", "load", "quit", "d8", "os", "Realm", "performance", "version", "print", "write"]) {
  const found = globalThis[name];
  if (typeof found === "function" && !["print"].includes(name)) return `reached ${name}`;
}
return "held";

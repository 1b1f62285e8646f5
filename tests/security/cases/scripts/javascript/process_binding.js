// host: the modules of C++ behind Node's process
for (const name of ["binding", "_linkedBinding", "dlopen", "mainModule", "exit", "kill", "abort", "getBuiltinModule", "constructor"]) {
  const found = typeof process === "object" && Object.hasOwn(process, name) && process[name];
  if (found) return `reached ${name}`;
}
return "held";

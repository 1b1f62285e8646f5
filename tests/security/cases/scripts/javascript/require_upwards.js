// file: a module above the spell's folder
for (const name of ["../outside/secret", "../outside/secret.js", "./../outside/secret.js", "./x/../../outside/secret.js", "..//outside/secret"]) {
  try { return require(name); } catch {}
}
return "held";

// file: a module by a name that is not what it seems
const names = ["./link\0.js", "..\\outside\\secret.js", "%2e%2e/outside/secret.js", "\u2024\u2024/outside/secret.js", "....//outside/secret.js", "./.", "", "__proto__", "constructor"];
for (const name of names) {
  try { const found = require(name); return `reached ${name} ${found}`; } catch {}
}
return "held";

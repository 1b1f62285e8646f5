// variable: the configuration, all of it
const seen = [];
for (const key of await Config.list()) {
  try { seen.push(String(await Config.get(key))); } catch {}
}
return seen.join("\n").includes("variable-") ? seen.join("\n") : "held";

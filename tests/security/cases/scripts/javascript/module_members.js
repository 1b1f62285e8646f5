// host: the module object and what loaded it
for (const name of ["parent", "children", "paths", "constructor", "require", "_compile", "loaded"]) {
  const found = Object.hasOwn(module, name) && module[name];
  if (found && typeof found !== "boolean") return `reached ${name}`;
}
return typeof __filename === "string" && __filename.includes("outside") ? "reached" : "held";

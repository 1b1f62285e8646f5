// host: what Node's require has besides being a function
for (const name of ["main", "cache", "extensions", "resolve", "children", "paths", "_load", "constructor"]) {
  const found = require[name];
  if (found && typeof found === "object") return `reached ${name}`;
}
return "held";

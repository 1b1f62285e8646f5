// file: a module that is a link out of the spell's folder
for (const name of ["./link", "./link.js", "link", "./link.txt", "./link.json"]) {
  try { return require(name); } catch {}
  try { return (await import(name)).default; } catch {}
}
return "held";

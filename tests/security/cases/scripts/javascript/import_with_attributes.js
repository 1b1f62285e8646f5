// file: a text as a module of JSON
for (const name of ["./link.txt", "../outside/secret.txt"]) {
  for (const type of ["json", "text", "bytes", "css"]) {
    try { return (await import(name, { with: { type } })).default; } catch {}
  }
}
return "held";

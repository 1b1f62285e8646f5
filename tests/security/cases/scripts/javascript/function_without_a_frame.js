// host: free names seen by code that has no frame of the engine's
for (const name of ["require", "module", "exports", "__filename", "$llm", "P"]) {
  let kind;
  try { kind = new Function(`return typeof ${name}`)(); } catch { kind = "undefined"; }
  if (kind !== "undefined") return `reached ${name}`;
}
return "held";

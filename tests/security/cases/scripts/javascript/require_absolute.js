// file: a module by its whole path
for (const name of [`${params.folder}/secret.js`, `file://${params.folder}/secret.js`, `//${params.folder}/secret.js`]) {
  try { return require(name); } catch {}
  try { return (await import(name)).default; } catch {}
}
return "held";

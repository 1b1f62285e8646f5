// file: another spell outside the folder
for (const path of ["../outside/secret.js", `${params.folder}/secret.js`, "./x/../../outside/secret.js", "link.js", "link.txt"]) {
  try { return JSON.stringify(await Spell.load(path)); } catch {}
}
return "held";

// host: the engine's own door by names that it might have
const indirect = eval;
for (const name of ["$llm", "$llmDoor", "$llmMain", "$llm0", "P", "door", "$door", "llmspell$", "__llm"]) {
  try { indirect(name); return `reached ${name}`; } catch {}
  try { new Function(`return ${name}`)(); return `reached ${name}`; } catch {}
}
return "held";

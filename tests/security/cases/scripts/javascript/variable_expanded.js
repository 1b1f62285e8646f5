// variable: its name in braces, where texts are expanded
const text = `\${${params.variable}}`;
const seen = [];
for (const attempt of [
  async () => (await Agent.new({ name: "a", systemPrompt: text })).getConfig(),
  async () => (await Tool.new({ name: "x", description: text, parameters: {}, execute: () => 1 })).description,
  async () => { await State.set("x", text); return State.get("x"); },
]) {
  try { seen.push(JSON.stringify(await attempt())); } catch {}
}
return seen.join().includes("variable-") ? seen.join() : "held";

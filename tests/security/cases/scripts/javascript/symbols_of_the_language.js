// host: hooks of the language on the global object and on what the API gives
for (const symbol of [Symbol.toPrimitive, Symbol.iterator, Symbol.asyncIterator, Symbol.hasInstance, Symbol.unscopables, Symbol.dispose, Symbol.asyncDispose]) {
  if (!symbol) continue;
  try { globalThis[symbol] = () => "forged"; } catch {}
  try { Agent[symbol] = () => "forged"; } catch {}
}
const tools = await Tools.list();
return Array.isArray(tools) ? "held" : "reached";

// host: where in the process a value lies
const texts = [{}, () => 1, Agent, await Tools.list(), new Error("x").stack, Symbol("x")].map((one) => { try { return String(one); } catch { return ""; } });
const found = texts.find((text) => /0x[0-9a-f]{5,}/i.test(text));
return found ? `reached ${found}` : "held";

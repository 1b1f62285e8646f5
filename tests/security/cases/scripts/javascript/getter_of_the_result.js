// host: code that runs when the result is read, after the script
let reads = 0;
const trap = { get value() { reads += 1; return reads > 3 ? globalThis : "x"; } };
await State.set("x", trap);
const back = await State.get("x");
return JSON.stringify(back) === '{"value":"x"}' ? "held" : "reached";

// host: the engine's end, by results that Python cannot convert
const values = ["\ud800", 2n ** 70n, new Date(NaN), new Date(8.64e15), Symbol("x"), new Map([[{}, 1]]), -(2 ** 40), -0, NaN, new Uint8Array(8), () => 1];
for (const value of values) {
  try { await State.set("x", value); await State.get("x"); } catch {}
  try { print(value); } catch {}
}
return (await Tools.list()).length > 0 ? "held" : "reached";

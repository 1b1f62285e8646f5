// code: a buffer that is given away while it is sorted, joined or decoded
const make = () => new Uint8Array(64).fill(7);
const take = (view) => { try { view.buffer.transfer(); } catch {} };
for (const attempt of [
  (view) => view.sort((a, b) => { take(view); return a - b; }), (view) => view.map((x) => { take(view); return x; }),
  (view) => view.join({ toString() { take(view); return ","; } }), (view) => view.toLocaleString(), (view) => view.reduce((a, b) => { take(view); return a + b; }),
]) {
  const view = make();
  try { attempt(view); } catch {}
}
return "held";

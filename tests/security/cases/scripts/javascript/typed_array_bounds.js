// code: memory beside an array, by lengths that change while they are used
const buffer = new ArrayBuffer(64, { maxByteLength: 128 });
const view = new Uint8Array(buffer);
const odd = { valueOf() { buffer.resize(0); return 1; } };
for (const attempt of [
  () => view.fill(odd, 0, 64), () => view.copyWithin(odd, 0, 64), () => view.subarray(odd, 64), () => view.slice(odd),
  () => view.set([odd, 2, 3], 1), () => new DataView(buffer).getFloat64(odd), () => view.with(odd, 1), () => view.lastIndexOf(0, odd),
]) {
  try { buffer.resize(64); const value = attempt(); if (typeof value === "number" && value !== 0 && value !== -1) return "reached"; } catch {}
}
return "held";

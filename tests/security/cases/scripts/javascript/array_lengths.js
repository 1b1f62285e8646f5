// code: arrays whose length changes under the functions of the language
const odd = [1, 2, 3];
Object.defineProperty(odd, 1, { get() { odd.length = 0; return 1; } });
for (const attempt of [() => odd.concat([1]), () => odd.slice(), () => odd.splice(0, 3), () => odd.sort(), () => odd.includes(3), () => Math.max(...odd), () => odd.flat()]) {
  try { const value = attempt(); if (Array.isArray(value) && value.length > 10) return "reached"; } catch {}
}
const big = []; big[4294967294] = 1;
try { big.push(1); } catch {}
return "held";

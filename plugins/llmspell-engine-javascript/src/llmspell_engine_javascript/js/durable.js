// A durable spell: the same messages always give the same answers. Its clock is the kernel's (clock.js), its locale is
// fixed (locale.js), its random numbers grow from the kernel's seed, and its calls say where they were made.
const imul = Math.imul;
let state = null;

function rotated(x, n) {
  return (x << n) | (x >>> (32 - n));
}

// xoshiro128**, by Blackman and Vigna, which is in the public domain: 32 bits.
function bits() {
  const a = state[0];
  const b = state[1];
  const c = state[2];
  const d = state[3];
  const result = imul(rotated(imul(b, 5), 7), 9);
  state[2] = c ^ a;
  state[3] = d ^ b;
  state[1] = b ^ state[2];
  state[0] = a ^ state[3];
  state[2] ^= b << 9;
  state[3] = rotated(state[3], 11);
  return result >>> 0;
}

function begin() {
  const bytes = P.crypto.randomBytes(16);
  const words = [];
  for (let i = 0; i < 4; i += 1) {
    P.append(words, (bytes[i * 4] << 24) | (bytes[i * 4 + 1] << 16) | (bytes[i * 4 + 2] << 8) | bytes[i * 4 + 3] | 1);
  }
  return words;
}

function random() {
  state = state || begin();
  return ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
}

P.makeDurable = (seconds) => {
  P.durable = true;
  P.setNow(seconds);
  P.replaceClock();
  if (typeof Intl === "object") P.replaceLocale();
  P.hidden(Math, "random", random);
};

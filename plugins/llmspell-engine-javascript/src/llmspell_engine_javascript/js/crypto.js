// The part of Node's module `crypto` that needs nothing of a machine: hashes, and random bytes grown from a seed that the
// kernel gives. Written after FIPS 180-4 and RFC 1321; the constants are computed as these define them.
const { abs, sin } = Math;
const sizeOf = P.typedSize;
const { asUintN } = BigInt;
const { Array: List, DataView: View } = globalThis;
const { uncurry } = P;
const getUint32 = uncurry(View.prototype.getUint32);
const setUint32 = uncurry(View.prototype.setUint32);
const getBigUint64 = uncurry(View.prototype.getBigUint64);
const setBigUint64 = uncurry(View.prototype.setBigUint64);
const bufferOf = (bytes) => new View(P.bufferOf(bytes));
const rotated = (x, n) => (x << n) | (x >>> (32 - n));
const turned = (x, n) => asUintN(64, (x >> n) | (x << (64n - n)));

function filled(size, make) {
  const list = new List(size);
  for (let i = 0; i < size; i += 1) P.own(list, i, make(i));
  return list;
}

// The whole part of the `degree`-th root of a number, by halving.
function root(value, degree) {
  let low = 0n;
  let high = 1n << 70n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** degree <= value) low = middle;
    else high = middle;
  }
  return low;
}

let tables = null;
function constants() {
  if (tables) return tables;
  const primes = [];
  for (let n = 2; primes.length < 80; n += 1) {
    let prime = true;
    for (let i = 0; prime && i < primes.length; i += 1) prime = n % primes[i] !== 0;
    if (prime) P.append(primes, n);
  }
  const K = filled(80, (i) => asUintN(64, root(P.BigInt(primes[i]) << 192n, 3n)));
  const H = filled(8, (i) => asUintN(64, root(P.BigInt(primes[i]) << 128n, 2n)));
  const upper = (list, size) => filled(size, (i) => P.Number(list[i] >> 32n) | 0);
  tables = {
    __proto__: null,
    K,
    H,
    k: upper(K, 64),
    h: upper(H, 8),
    sines: filled(64, (i) => P.floor(abs(sin(i + 1)) * 4294967296) | 0),
  };
  return tables;
}

// The bytes, a one, zeros, and the number of bits in the last `tail` bytes of a whole number of blocks.
function padded(bytes, block, tail, little) {
  const size = sizeOf(bytes);
  const all = new P.Uint8Array(P.floor((size + tail) / block) * block + block);
  for (let i = 0; i < size; i += 1) all[i] = bytes[i];
  all[size] = 0x80;
  const bits = bufferOf(all);
  const end = sizeOf(all);
  setUint32(bits, end - (little ? 8 : 4), size << 3, little);
  setUint32(bits, end - (little ? 4 : 8), P.floor(size / 0x20000000), little);
  return all;
}

function written(words, little) {
  const out = new P.Uint8Array(words.length * 4);
  for (let i = 0; i < words.length; i += 1) setUint32(bufferOf(out), i * 4, words[i], little);
  return out;
}

function added(h, v) {
  for (let i = 0; i < h.length; i += 1) h[i] = (h[i] + v[i]) | 0;
}

const MD5_TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
function md5(bytes) {
  const { sines } = constants();
  const h = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  const all = padded(bytes, 64, 8, true);
  const data = bufferOf(all);
  for (let at = 0; at < sizeOf(all); at += 64) {
    let a = h[0], b = h[1], c = h[2], d = h[3];
    for (let i = 0; i < 64; i += 1) {
      const phase = i >> 4;
      let f = c ^ (b | ~d);
      if (phase === 0) f = (b & c) | (~b & d);
      else if (phase === 1) f = (d & b) | (~d & c);
      else if (phase === 2) f = b ^ c ^ d;
      const which = phase === 0 ? i : phase === 1 ? 5 * i + 1 : phase === 2 ? 3 * i + 5 : 7 * i;
      const sum = (a + f + sines[i] + getUint32(data, at + (which % 16) * 4, true)) | 0;
      a = d;
      d = c;
      c = b;
      b = (b + rotated(sum, MD5_TURNS[phase * 4 + (i % 4)])) | 0;
    }
    added(h, [a, b, c, d]);
  }
  return written(h, true);
}

function sha1(bytes) {
  const h = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  const all = padded(bytes, 64, 8, false);
  const data = bufferOf(all);
  const w = filled(80, () => 0);
  for (let at = 0; at < sizeOf(all); at += 64) {
    let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (let i = 0; i < 80; i += 1) {
      w[i] = i < 16 ? getUint32(data, at + i * 4) | 0 : rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      let f = (b ^ c ^ d) + (i < 40 ? 0x6ed9eba1 : 0xca62c1d6);
      if (i < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i >= 40 && i < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      const sum = (rotated(a, 5) + f + e + w[i]) | 0;
      e = d;
      d = c;
      c = rotated(b, 30);
      b = a;
      a = sum;
    }
    added(h, [a, b, c, d, e]);
  }
  return written(h, false);
}

function sha256(bytes) {
  const { k, h: start } = constants();
  const h = filled(8, (i) => start[i]);
  const all = padded(bytes, 64, 8, false);
  const data = bufferOf(all);
  const w = filled(64, () => 0);
  for (let at = 0; at < sizeOf(all); at += 64) {
    const v = filled(8, (i) => h[i]);
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) w[i] = getUint32(data, at + i * 4) | 0;
      else {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = rotated(x, 25) ^ rotated(x, 14) ^ (x >>> 3);
        const s1 = rotated(y, 15) ^ rotated(y, 13) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      const e = v[4];
      const a = v[0];
      const one = v[7] + (rotated(e, 26) ^ rotated(e, 21) ^ rotated(e, 7)) + ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
      const two = (rotated(a, 30) ^ rotated(a, 19) ^ rotated(a, 10)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      for (let n = 7; n > 0; n -= 1) v[n] = v[n - 1];
      v[4] = (v[4] + one) | 0;
      v[0] = (one + two) | 0;
    }
    added(h, v);
  }
  return written(h, false);
}

function sha512(bytes) {
  const { K, H } = constants();
  const h = filled(8, (i) => H[i]);
  const all = padded(bytes, 128, 16, false);
  const data = bufferOf(all);
  const w = filled(80, () => 0n);
  for (let at = 0; at < sizeOf(all); at += 128) {
    const v = filled(8, (i) => h[i]);
    for (let i = 0; i < 80; i += 1) {
      if (i < 16) w[i] = getBigUint64(data, at + i * 8);
      else {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = turned(x, 1n) ^ turned(x, 8n) ^ (x >> 7n);
        const s1 = turned(y, 19n) ^ turned(y, 61n) ^ (y >> 6n);
        w[i] = asUintN(64, w[i - 16] + s0 + w[i - 7] + s1);
      }
      const e = v[4];
      const a = v[0];
      const one = v[7] + (turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n)) + ((e & v[5]) ^ (~e & v[6])) + K[i] + w[i];
      const two = (turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      for (let n = 7; n > 0; n -= 1) v[n] = v[n - 1];
      v[4] = asUintN(64, v[4] + one);
      v[0] = asUintN(64, one + two);
    }
    for (let i = 0; i < 8; i += 1) h[i] = asUintN(64, h[i] + v[i]);
  }
  const out = new P.Uint8Array(64);
  for (let i = 0; i < 8; i += 1) setBigUint64(bufferOf(out), i * 8, h[i]);
  return out;
}

const HASHES = { __proto__: null, md5, sha1, sha256, sha512 };

// -- what a script gets -----------------------------------------------------------------------------------------------

function utf8(text) {
  const whole = P.isWellFormed(text) ? text : P.toWellFormed(text);
  const out = new P.Uint8Array(P.byteLength(whole));
  let at = 0;
  for (let i = 0; i < whole.length; i += 1) {
    let code = P.code(whole, i);
    if (code >= 0xd800 && code < 0xdc00) {
      i += 1;
      code = (code - 0xd800) * 1024 + P.code(whole, i) - 0xdc00 + 0x10000;
    }
    const more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out[at] = more === 0 ? code : ((0xff00 >> (more + 1)) & 0xff) | (code >> (6 * more));
    for (let n = more - 1; n >= 0; n -= 1) out[at + more - n] = 0x80 | ((code >> (6 * n)) & 0x3f);
    at += more + 1;
  }
  return out;
}

function encoded(bytes, encoding) {
  if (encoding === "base64") return P.bytesText(bytes);
  if (encoding === "base64url") return P.bytesText(bytes, { __proto__: null, alphabet: "base64url", omitPadding: true });
  if (encoding !== "hex") throw P.invalid(`the encoding ${P.inspect(encoding)} is none of hex, base64, base64url`);
  let text = "";
  for (let i = 0; i < sizeOf(bytes); i += 1) text += P.padStart(P.hex(bytes[i]), 2, "0");
  return text;
}

// Bytes as Node gives them: their text in an encoding is one call away.
function readable(bytes) {
  P.hidden(bytes, "toString", (encoding) => encoded(bytes, encoding === undefined ? "hex" : encoding));
  return bytes;
}

function given(data) {
  if (typeof data === "string") return utf8(data);
  if (typeof data === "object" && data !== null && (P.isBuffer(data) || P.isArrayBuffer(data))) {
    const bytes = P.bytesOf(data);
    const copy = new P.Uint8Array(sizeOf(bytes));
    for (let i = 0; i < sizeOf(copy); i += 1) copy[i] = bytes[i];
    return copy;
  }
  throw P.invalid(`a hash is made of text or bytes, not of ${P.inspect(data)}`);
}

function joined(parts) {
  let size = 0;
  for (let i = 0; i < parts.length; i += 1) size += sizeOf(parts[i]);
  const all = new P.Uint8Array(size);
  let at = 0;
  for (let i = 0; i < parts.length; i += 1) {
    for (let n = 0; n < sizeOf(parts[i]); n += 1) all[at + n] = parts[i][n];
    at += sizeOf(parts[i]);
  }
  return all;
}

function createHash(name) {
  const hash = typeof name === "string" ? HASHES[P.join(P.split(P.lower(name), "-"), "")] : undefined;
  if (!hash) throw P.invalid(`the hash ${P.inspect(name)} is none of ${P.join(P.keys(HASHES), ", ")}`);
  const parts = [];
  let over = false;
  const open = () => {
    if (over) throw P.invalid("the digest of this hash was taken already: make a new one");
  };
  const made = {
    update(data) {
      open();
      P.append(parts, given(data));
      return made;
    },
    digest(encoding) {
      open();
      over = true;
      const bytes = hash(joined(parts));
      return encoding === undefined ? readable(bytes) : encoded(bytes, encoding);
    },
  };
  return P.freeze(made);
}

// Random bytes: blocks are hashes of a key and a count, and each request leaves behind a key that tells nothing of it.
const MOST = 65536;
let key = null;
P.seedRandom = (text) => {
  key = typeof text === "string" ? P.bytesFrom(text) : null;
};
function block(n) {
  return sha256(joined([key, written([n], false)]));
}

function randomBytes(size) {
  if (!P.isInteger(size) || size < 0 || size > MOST) {
    throw P.invalid(`randomBytes gives 0 to ${MOST} bytes, not ${P.inspect(size)}`);
  }
  if (!key) throw P.makeError("resource_unavailable", 2007, "this host gave no random bytes to begin with");
  const out = new P.Uint8Array(size);
  for (let at = 0; at < size; at += 32) {
    const bytes = block(at / 32 + 1);
    for (let i = 0; i < 32 && at + i < size; i += 1) out[at + i] = bytes[i];
  }
  key = block(0);
  return readable(out);
}

function randomUUID() {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = encoded(bytes, "hex");
  const part = (from, to) => P.slice(hex, from, to);
  return P.join([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20)], "-");
}

P.crypto = P.freeze({ createHash, randomBytes, randomUUID, getHashes: () => P.keys(HASHES) });

const seen = [globalThis.leftBehind, Array.prototype.leftBehind, JSON.leftBehind].map((one) => one !== undefined);
globalThis.leftBehind = true;
Array.prototype.leftBehind = true;
try { JSON.leftBehind = true; } catch {}
return seen;

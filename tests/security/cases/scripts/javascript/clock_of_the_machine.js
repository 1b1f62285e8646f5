// host: a timer fine enough to tell what the memory of the machine holds
let least = Infinity;
let last = Date.now();
for (let at = 0; at < 2e5; at += 1) {
  const now = typeof performance === "object" ? performance.now() : Date.now();
  if (now > last) least = Math.min(least, now - last);
  last = now;
}
return least < 0.01 ? `reached ${least}` : "held";

const all = [];
for (;;) {
  try { for (;;) all.push({ one: all.length }); } catch {}
}

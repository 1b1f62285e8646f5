if (params.kind === "text") {
  const parts = [];
  for (;;) parts.push("é".repeat(1 << 20).split("").join("x") + parts.length);
} else if (params.kind === "buffer") {
  const parts = [];
  for (;;) parts.push(new Uint8Array(1 << 20).fill(1));
} else {
  const all = [];
  for (;;) all.push({ one: all.length });
}

// code: the parser's own stack, by sources that nest
for (const text of ["(".repeat(1e5) + ")".repeat(1e5), "[".repeat(1e5) + "]".repeat(1e5), "{".repeat(1e5), "a=>".repeat(1e4) + "1", "!".repeat(1e6) + "1", "`${".repeat(1e4)]) {
  try { new Function(`return ${text}`); } catch {}
  try { JSON.parse(text); } catch {}
}
try { new RegExp("(".repeat(1e5) + ")".repeat(1e5)); } catch {}
return "held";

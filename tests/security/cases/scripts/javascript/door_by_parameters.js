// host: the helper that the engine's own rewriting of `await` uses
if (typeof $llm === "undefined") return "held";
for (const name of Object.getOwnPropertyNames($llm)) {
  if (/door|drain|feed|signal|settle|share|parse|post/.test(name)) return `reached ${name}`;
}
try { $llm.wait = () => "forged"; } catch {}
try { Object.defineProperty($llm, "got", { value: () => "forged" }); } catch {}
const value = await Promise.resolve("kept");
return value === "kept" ? "held" : "reached";

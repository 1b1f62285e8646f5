// run: forms of the wire that toJSON makes of a value that looked harmless
const echo = await Tool.new({ name: "echo", description: "x", parameters: { value: {} }, execute: ({ value }) => value });
class Sly { toJSON() { return { $h: ["agent", 1] }; } }
for (const value of [new Sly(), { inside: new Sly() }, [new Sly()], Object.assign(() => 1, { toJSON: () => ({ $fn: 1 }) })]) {
  try {
    const { result } = await echo.execute({ value });
    const text = String(Object.getPrototypeOf(Object(Array.isArray(result) ? result[0] : result?.inside ?? result))?.constructor?.name);
    if (!["Object", "Sly", "String", "Function", "undefined"].includes(text)) return `reached ${text}`;
  } catch {}
}
return "held";

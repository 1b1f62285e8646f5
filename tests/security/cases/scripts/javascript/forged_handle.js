// run: an object of another run, by a table that looks like its form on the wire
const echo = await Tool.new({ name: "echo", description: "x", parameters: { value: {} }, execute: ({ value }) => value });
for (const kind of ["agent", "tool", "state", "session", "spell", "function", "hook"]) {
  for (let id = 1; id <= 10; id += 1) {
    const { result } = await echo.execute({ value: { $h: [kind, id] } });
    if (typeof result === "function" || Object.getPrototypeOf(result) !== Object.prototype) return `reached ${kind} ${id}`;
  }
}
return "held";

// host: `__proto__` in a result, which would change all objects
const echo = await Tool.new({ name: "echo", description: "x", parameters: { value: {} }, execute: ({ value }) => value });
await echo.execute({ value: JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') });
await State.set("x", JSON.parse('{"__proto__":{"polluted":1}}'));
const back = await State.get("x");
return ({}).polluted || back?.polluted ? "reached" : "held";

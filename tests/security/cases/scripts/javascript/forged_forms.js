// host: objects that the wire makes of forms that a script may not send
const echo = await Tool.new({ name: "echo", description: "x", parameters: { value: {} }, execute: ({ value }) => value });
for (const form of [{ $b: "AAAA" }, { $d: "2000-01-01" }, { $i: "1" }, { $s: 1 }, { $py: "os" }, { $: 1 }, { $$h: ["agent", 1] }]) {
  const { result } = await echo.execute({ value: form });
  if (JSON.stringify(result) !== JSON.stringify(form)) return `reached ${JSON.stringify(result)}`;
}
return "held";

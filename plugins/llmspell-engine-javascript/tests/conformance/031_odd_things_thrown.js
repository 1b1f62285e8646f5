const found = [];
for (const odd of [5, "text", null]) {
  const bad = new Tool({ name: "bad", execute: () => { throw odd; } });
  try {
    await bad.execute({});
  } catch (e) {
    found.push([false, typeof e.message, odd === null || e.message.includes(String(odd))]);
  }
}
return found;

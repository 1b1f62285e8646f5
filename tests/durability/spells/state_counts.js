// What is kept: set, counted, changed, read.
await State.set("a", 1);
const first = await State.increment("n", 2);
await State.update("a", (value) => (value ?? 0) + 10);
await Storage.set("k", ["x"]);
await (await Tools.get("mark")).execute({ name: "between" });
const n = await State.increment("n", 3);
await Promise.all([State.increment("s"), Storage.merge("m", { two: 2 })]);
return { a: await State.get("a"), n, first, m: (await Storage.get("m")).two, s: await State.get("s") };

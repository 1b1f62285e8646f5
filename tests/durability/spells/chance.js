// Chance and the order of things are those of the run, however often it is taken up.
const first = Math.random();
await (await Tools.get("mark")).execute({ name: "between" });
return [first, Math.random()];

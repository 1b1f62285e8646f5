class Mine extends Error {
  constructor(message, order, items) { super(message); Object.assign(this, { order, items }); }
}
const bad = new Tool({ name: "bad", execute: () => { throw new Mine("no", 7, [1, 2]); } });
try {
  await bad.execute({});
} catch (e) {
  return [e.message, e.value.order, e.value.items];
}

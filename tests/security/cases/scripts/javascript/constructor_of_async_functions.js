// host: the global object of functions that wait and of generators
const kinds = [async () => {}, function* () {}, async function* () {}];
for (const fn of kinds) {
  const Kind = fn.constructor;
  const made = Kind("return this");
  const value = await made();
  const self = value && typeof value.next === "function" ? (await value.next()).value : value;
  if (self !== undefined && self !== globalThis) return "reached another global object";
}
return "held";

class Point { constructor() { this.one = 1; } }
const values = [10n, new Map([["one", 1]]), new Set([1]), () => 1, Symbol("one"), new Point(), /one/, new Map([[{}, 1]])];
const outcomes = [];
for (const value of values) {
  outcomes.push(await Tools.tell.execute({ value: [value] }).then(() => "told", (problem) => problem.type));
}
return outcomes;

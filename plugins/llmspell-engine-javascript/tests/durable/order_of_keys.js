const object = { z: 1, 10: 2, 9: 3, a: 4, [Symbol.iterator]: 5 };
delete object.z; object.z = 6;
const set = new Set([{}, () => 1, "b", "a"]);
const out = [];
for (const name in object) out.push(name);
return [out, Object.entries(object), [...set].map(String), JSON.stringify(object), Object.groupBy(["ab", "b", "ac"], (s) => s[0]), [...new Map([[{}, 1], ["k", 2]]).values()]];

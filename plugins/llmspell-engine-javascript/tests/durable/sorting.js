const list = Array.from({ length: 300 }, (_, i) => ({ key: i % 7, id: i }));
const order = [];
list.sort((a, b) => { order.push(a.id * 1000 + b.id); return a.key - b.key; });
return [list.map((one) => one.id), order.length, order.slice(0, 50), [3, 20, 100].sort(), [3n, 1, "2"].toSorted()];

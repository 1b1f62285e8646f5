const out = [];
let n = 0;
await new Promise((done) => {
  const every = setInterval(() => { out.push(["every", Date.now()]); if (++n === 3) { clearInterval(every); done(); } }, 10);
  setTimeout(() => out.push(["later", Math.random()]), 15);
  setImmediate(() => out.push("now"));
  queueMicrotask(() => out.push("micro"));
});
return out;

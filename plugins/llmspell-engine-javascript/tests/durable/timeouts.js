let tries = 0;
const late = await Async.timeout(() => Async.sleep(1000), 10).catch((error) => error.message);
const value = await Async.retry(() => { tries += 1; if (tries < 3) throw new Error("again"); return Math.random(); }, { attempts: 4, delay: 5 });
Async.schedule(20, () => console.log("later", Date.now(), Math.random()));
await Async.sleep(40);
return [late, value, tries];

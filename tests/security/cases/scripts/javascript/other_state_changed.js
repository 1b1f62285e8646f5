// run: the values of another run, overwritten and cleared
await State.set("kept", "forged");
await State.clear();
try { await Storage.clear(); } catch {}
await Async.sleep(60);
return "held";

let tried = 0;
const value = await Async.retry(async () => {
  tried += 1;
  if (tried < 3) await Tools.fail.execute();
  return "third time";
}, { attempts: 4 });
let again = 0;
const fault = await Async.retry(async () => { again += 1; await Tools.fail.execute(); }, { attempts: 2 }).catch((e) => e);
return [value, tried, false, fault.type, again];

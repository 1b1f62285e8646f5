// What fails is tried again after a pause.
let tries = 0;
const value = await Async.retry(async () => {
  tries += 1;
  await (await Tools.get("mark")).execute({ name: `try ${tries}` });
  if (tries < 3) throw new Error("not yet");
  return "done";
}, { attempts: 4, delay: 5 });
return { value, tries };

const result = await Probe.register(async (given, n) => {
  await Probe.echo(Object.keys(given));
  return [given, n, Date.now(), Math.random()];
});
const failed = await Probe.register(() => { throw new Error("no"); }).catch((error) => [error.message, error.where]);
return [result, failed];

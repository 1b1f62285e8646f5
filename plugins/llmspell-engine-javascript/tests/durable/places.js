await Probe.echo(1);
const ask = async (x) => {
  const answer = await Probe.echo(x);
  return answer;
};
await ask(2);
await Promise.all([3, 4].map(ask));
await Async.sleep(5);
await new Promise((done) => setTimeout(async () => {
  done(await Probe.echo(6));
}, 5));
return Probe.echo(7);

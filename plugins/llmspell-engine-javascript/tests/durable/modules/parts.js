export const stamp = Date.now() + Math.random();
export default { b: 1, a: 2, ask: async () => {
  const answer = await Probe.echo("from a module");
  return answer;
} };

interface Shape { name: string }
enum Colour { Red, Green }

const shape: Shape = { name: "box" };
const at = await Probe.echo(Colour[Colour.Green] as string);
export default [shape, at, new Date().getHours()];

import type { Nothing } from "./nowhere";

enum Colour { Red = 1, Green }
interface Named<T> { readonly name: T; }
abstract class Thing implements Named<string> {
  constructor(public readonly name: string, private count?: number) {}
  abstract paint(colour: Colour): string;
}
class Box extends Thing {
  paint(colour: Colour): string { return `${this.name} ${Colour[colour]!}`; }
}
function first<T>(list: readonly T[]): T { return list[0]!; }
const boxes = [new Box("box")] satisfies Thing[];
const value = (await Tools.echo.execute({ value: first<Box>(boxes).paint(Colour.Green) })).result as string;
return [value, Colour.Green];

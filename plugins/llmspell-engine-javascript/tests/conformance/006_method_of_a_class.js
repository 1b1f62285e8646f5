class Greeter {
  constructor(name) { this.name = name; }
  async greet() { return (await Tools.echo.execute({ value: `hello ${this.name}` })).result; }
}
return await new Greeter("ada").greet();

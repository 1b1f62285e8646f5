const heard = [];
await Events.subscribe("heard", (event) => { heard.push(event.data.word); });
const double = new Tool({ name: "double", parameters: { value: {} }, execute: ({ value }) => value * 2 });
await Events.emit("heard", { word: "first" });
const both = await Promise.all([
  double.execute({ value: 4 }).then((one) => one.result),
  Tools.echo.execute({ value: "echo" }).then((one) => one.result),
]);
const problem = await Tools.fail.execute({ message: "no" }).catch((one) => one);
await Events.flush();
console.log(JSON.stringify(both));
return [both, problem.type, heard];

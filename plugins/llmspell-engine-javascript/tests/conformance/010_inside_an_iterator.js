async function* numbers() {
  for (let i = 1; i <= 3; i++) yield (await Tools.echo.execute({ value: i })).result;
}
const found = [];
for await (const number of numbers()) found.push(number);
return found;

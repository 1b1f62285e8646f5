async function outer(value) {
  const inner = async () => (await Tools.echo.execute({ value })).result;
  return inner();
}
return await outer("deep");

const echo = async (value) => (await Tools.echo.execute({ value })).result;
return [
  await echo(true),
  await echo(false),
  (await echo(null)) == null && (await echo(undefined)) == null,
  (await echo({ inside: null })).inside == null,
];

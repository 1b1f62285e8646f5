try {
  throw new Error("first");
} catch {
  return (await Tools.echo.execute({ value: "caught" })).result;
}

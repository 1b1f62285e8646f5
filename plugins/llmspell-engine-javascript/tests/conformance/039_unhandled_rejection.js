async function forgotten() {
  await Tools.echo.execute({ value: 1 });
  throw new Error("nobody looks");
}
forgotten();

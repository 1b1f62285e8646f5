async function main() {
  await Tools.echo.execute({ value: 1 });
  await Tools.tell.execute({ value: "reached" });
}
main();

for (const number of params.numbers) {
  await Tools.tell.execute({ value: number });
}

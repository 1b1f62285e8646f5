try {
  await Tools.tell.execute({ value: "\ud800" });
  return "told";
} catch (problem) {
  return problem.type;
}

const cyclic = {};
cyclic.me = cyclic;
const odd = ["text", 5, true, {}, { message: {} }, { type: 5 }, () => 1, cyclic, null];
return odd.map((one) => {
  const parsed = ErrorHandler.parse(one);
  return typeof parsed.type === "string" && typeof parsed.message === "string";
});

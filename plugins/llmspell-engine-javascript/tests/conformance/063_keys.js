const map = {
  "1": "one", ["__proto__"]: "proto", constructor: "made", ключ: "unicode", $h: "form", "": "empty",
};
const back = (await Tools.tell.execute({ value: map })).result;
await Tools.tell.execute({ value: { 10: "ten" } });
return ["1", "__proto__", "constructor", "ключ", "$h", ""].map((key) => back[key]);

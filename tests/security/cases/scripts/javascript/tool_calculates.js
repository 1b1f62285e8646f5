// host: Python by an expression of the calculator
for (const expression of ["__import__('os').environ", "(1).__class__.__base__.__subclasses__()", `open('${params.file}').read()`, "getattr(1,'real')", "9**9**9", "eval('1')"]) {
  try { return `reached ${JSON.stringify(await (await Tools.get("calculator")).execute({ expression }))}`; } catch {}
}
return "held";

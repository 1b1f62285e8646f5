const deeper = (n) => 1 + deeper(n + 1);
let ok = true;
try { deeper(1); } catch { ok = false; }
return [ok, (await Tools.echo.execute({ value: "on" })).result];

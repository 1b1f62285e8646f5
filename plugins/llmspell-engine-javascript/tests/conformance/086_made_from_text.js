const made = new Function("return [typeof fetch, typeof WebAssembly, typeof process.binding, 1 + 1]")();
return [...made, eval("1 + 1"), (0, eval)("typeof SharedArrayBuffer")];

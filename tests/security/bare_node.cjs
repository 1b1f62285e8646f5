// Run a script in Node as it comes: `{"source", "params"}` on standard input, modules from the folder it is started in.
const { readFileSync } = require("fs");
const { createRequire } = require("module");
const { runInThisContext } = require("vm");

const { source, params } = JSON.parse(readFileSync(0, "utf8"));
const script = runInThisContext(`(async (params, require, module) => {${source}\n})`);
script(params, createRequire(`${process.cwd()}/probe.cjs`), module).then((found) => process.stdout.write(String(found)));

// host: the scope around the script, by a text that ends its function
// ends: syntax
return "held"; }); globalThis.reached = "reached"; (function () { {

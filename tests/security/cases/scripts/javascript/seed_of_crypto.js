// run: random bytes that could be known before
const crypto = require("crypto");
const first = crypto.randomBytes(32).toString("hex");
const second = crypto.randomBytes(32).toString("hex");
return first === second || /^0+$/.test(first) || /^(..)\1+$/.test(first) ? "reached" : "held";

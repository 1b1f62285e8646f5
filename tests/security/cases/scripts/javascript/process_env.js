// variable: the environment that Node shows
const found = typeof process === "object" && process.env?.[params.variable];
return found || "held";

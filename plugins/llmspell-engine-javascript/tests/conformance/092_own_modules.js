const first = await import("./modules/counted");
const second = await import("./modules/counted");
const round = require("./modules/round");
return [first === second || first.word === second.word, first.word, round.seen === "round"];

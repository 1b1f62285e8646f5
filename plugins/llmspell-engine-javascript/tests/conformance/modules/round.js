exports.name = "round";
exports.seen = require("./about").seen;

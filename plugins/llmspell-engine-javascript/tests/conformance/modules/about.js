exports.seen = require("./round").name;

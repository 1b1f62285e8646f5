require("./modules/broken");

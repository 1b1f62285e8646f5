// file: an import that the parser would do before anything runs
// ends: syntax, resource_unavailable
import fs from "fs";
return "reached";

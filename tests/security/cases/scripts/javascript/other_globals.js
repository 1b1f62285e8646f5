// run: globals that another run has changed
return typeof kept === "undefined" && typeof globalThis.kept === "undefined" ? "held" : "reached";

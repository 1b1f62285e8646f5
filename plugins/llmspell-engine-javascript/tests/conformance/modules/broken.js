const x = 1;

throw new Error("the module is broken");

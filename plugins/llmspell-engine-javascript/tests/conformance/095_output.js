console.log("one", 1);
log.info("between");
await Tools.tell.execute({ value: "told" });
console.log("two");
console.log();
console.log("three\nfour");

// A spell that ends in an error of its own.
await (await Tools.get("mark")).execute({ name: "before" });
await (await Tools.get("look")).execute({ name: "last" });
throw new Error("it cannot be done");

await Tools.register({ name: "mine", execute: () => "called" });
await Tools.keep.execute({ name: "mine" });
return (await Tools.get("mine").execute({})).result;

await Tools.register(name="mine", execute=lambda given: "called")
await Tools.keep.execute(name="mine")
(await Tools.get("mine").execute({})).result

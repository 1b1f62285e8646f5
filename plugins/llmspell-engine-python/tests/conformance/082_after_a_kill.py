if not params.get("again"):
    await Tool.new(name="left_behind", execute=lambda: 1)
    while True:
        pass
(await Tools.tell.execute(value="again")).result

back = (await Tools.tell.execute(value=[1, None, 3, None])).result
await Tools.tell.execute(value=back)
len(back)

async def tell(value):
    return (await Tools.tell.execute(value=value)).result


found, other = await tell([]), await tell({})
await tell(found)
await tell(other)
None

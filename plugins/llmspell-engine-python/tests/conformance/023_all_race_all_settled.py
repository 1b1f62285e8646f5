def job(value):
    async def work():
        return (await Tools.echo.execute(value=value)).result

    return work


def broken():
    raise ValueError("no")


settled = await Async.all_settled([job("ok"), broken])
try:
    failed = await Async.all([job(1), lambda: Tools.fail.execute()])
except LlmspellError as fault:
    failed = fault.type
[
    await Async.all([job(1), job(2)]),
    await Async.race([lambda: Tools.wait_for.execute(gate="never"), job("fast")]),
    [settled[0].status, settled[0].value, settled[1].status, str(settled[1].reason)],
    failed,
]

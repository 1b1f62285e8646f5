try:
    await Async.timeout(lambda: Tools.wait_for.execute(gate="never"), 50)
    kind = None
except TimeoutError as fault:
    kind = fault.type
[False, kind, (await Tools.wait_for.execute(gate="never given up", value="cancelled")).result]

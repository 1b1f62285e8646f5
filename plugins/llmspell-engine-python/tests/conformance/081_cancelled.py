await Tools.open_gate.execute(gate="begun")
while params.get("busy"):
    pass
await Tools.wait_for.execute(gate="never")

await Tools.open_gate.execute(gate="begun")
await Tools.wait_for.execute(gate="never")

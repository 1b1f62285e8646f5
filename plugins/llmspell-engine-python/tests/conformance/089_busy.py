await Tools.open_gate.execute(gate="begun")
while True:
    pass

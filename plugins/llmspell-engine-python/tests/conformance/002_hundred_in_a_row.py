total = 0
for i in range(1, 101):
    total += (await Tools.tell.execute(value=i)).result
total

word = "module"
print("counted")

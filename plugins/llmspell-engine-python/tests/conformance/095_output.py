print("one", 1, sep="\t")
log.info("between")
await Tools.tell.execute(value="told")
print("two")
print()
print("three\nfour")
None

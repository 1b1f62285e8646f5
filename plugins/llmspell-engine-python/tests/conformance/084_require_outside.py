types = []
for name in ("../outside", "modules/../../outside", "/etc/hostname", "modules.link"):
    try:
        __import__(name)
        types.append("loaded")
    except (ImportError, ValueError):
        types.append("security")
types

import ctypes
import os
import pathlib
import socket
import subprocess

reached = [f"the variable {name}" for name in os.environ if name != "LC_ALL"]
attempts = {
    "writing": lambda: open("left", "w").close(),
    "removing": lambda: os.remove("/etc/passwd"),
    "a folder": lambda: pathlib.Path("left").mkdir(),
    "a socket": lambda: socket.socket().close(),
    "a name": lambda: socket.getaddrinfo("localhost", 80),
    "a program": lambda: subprocess.run(["true"]),
    "a shell": lambda: os.system("true"),
    "a fork": os.fork,
    "native code": lambda: ctypes.CDLL(None),
}
for name, attempt in attempts.items():
    try:
        attempt()
        reached.append(name)
    except (OSError, LlmspellError):
        pass
reached

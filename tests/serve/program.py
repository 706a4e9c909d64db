"""A review that is none: speaks the packets of one, and says back what it was told. Run with `python -S`.

After a flood of 8 MB it makes the file that it was given.
"""

import json
import os
import sys


def say(text: str) -> None:
    data = text.encode()
    os.write(1, b"D" + len(data).to_bytes(4, "big") + data)


def read(count: int) -> bytes:
    data = sys.stdin.buffer.read(count)
    if len(data) < count:
        sys.exit(3)
    return data


def main() -> None:
    if sys.argv[1:] == ["refuse"]:
        sys.exit(9)
    os.write(1, b"__GANGLION__\n")
    typed = ""
    while True:
        letter, size = read(1), int.from_bytes(read(4), "big")
        told = read(size).decode()
        if letter == b"D" and told == "flood":
            for number in range(400):
                say(f"{number:06}" + "#" * 20_000)
            os.close(os.open(sys.argv[1], os.O_CREAT))
        elif letter == b"D" and told == "end":
            sys.exit(5)
        elif letter == b"D":
            typed += told
            say(f"typed {typed}")
        elif json.loads(told)["type"] == "leave":
            sys.exit(7)
        else:
            about = json.loads(told)
            say(" ".join(str(about[name]) for name in about) + f" painted {typed}")


main()

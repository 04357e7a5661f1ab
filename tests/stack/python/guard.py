"""Runs a program and everything that it starts for as long as standard input stays open.

Whoever holds the other end may end in any way, killed or crashed: the pipe closes, and nothing is left running.
Takes the program and its arguments. Ends with the program if that ends first.
"""

import os
import signal
import subprocess
import sys
import threading


def end_with(process):
    process.wait()
    os._exit(1)


def main():
    # A session of its own is also a group of its own, which is ended as a whole. None of it has anything to save.
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=end_with, args=(process,), daemon=True).start()
    sys.stdin.buffer.read()
    os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()

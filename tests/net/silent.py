#!/usr/bin/env python3
"""silent.py PORTFILE: a server that takes connections and never says a word."""
import os
import socket
import sys
import time

listener = socket.create_server(("127.0.0.1", 0), backlog=16)
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)

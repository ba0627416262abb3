#!/usr/bin/env python3
"""A forward proxy for forward.sh.

    forwardproxy.py PORTFILE http|socks [USER:PASSWORD]
    forwardproxy.py PORTFILE https CERT KEY [USER:PASSWORD]

Every name below .invalid is 127.0.0.1 to it, but for refused.invalid, to which it
makes no connection, and forbidden.invalid, which its rules do not allow. Each
request is a line of PORTFILE.log: what was asked for, then the names of the
headers that could hold credentials.
"""
import base64
import os
import socket
import ssl
import struct
import sys
import threading

password = sys.argv[-1] if len(sys.argv) in (4, 6) else None
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
log_lock = threading.Lock()


def log(line):
    with log_lock, open(sys.argv[1] + ".log", "a") as f:
        f.write(line + "\n")


def reach(host, port):
    if host == "refused.invalid":
        raise OSError("refused")
    return socket.create_connection(("127.0.0.1" if host.endswith(".invalid") else host, port))


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(a, b):
    threading.Thread(target=pump, args=(a, b), daemon=True).start()
    pump(b, a)


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def read_head(s):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += read_exactly(s, 1)
    lines = data.decode("latin-1").split("\r\n")
    return lines[0], dict(line.split(": ", 1) for line in lines[1:] if line)


def refuse(s, status):
    s.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nProxy-Authenticate: Basic realm=\"p\"\r\nConnection: close\r\n\r\n" % status)


def serve_http(s):
    request, headers = read_head(s)
    method, target, _ = request.split(" ")
    names = sorted(name for name in headers if "auth" in name.lower() or "cookie" in name.lower())
    log(" ".join([method, target] + names))
    if password and headers.get("Proxy-Authorization") != "Basic " + base64.b64encode(password.encode()).decode():
        return refuse(s, b"407 Proxy Authentication Required")
    address = target if method == "CONNECT" else target.split("/")[2]
    host, _, port = address.rpartition(":") if ":" in address else (address, "", "80")
    if host == "forbidden.invalid":
        return refuse(s, b"403 Forbidden")
    try:
        out = reach(host, int(port))
    except OSError:
        return refuse(s, b"502 Bad Gateway")
    if method == "CONNECT":
        s.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        path = "/" + target.split("/", 3)[3]
        lines = ["%s %s HTTP/1.1" % (method, path), "Connection: close"]
        lines += ["%s: %s" % h for h in headers.items() if not h[0].lower().startswith("proxy-")]
        out.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    return join(s, out)


def serve_socks(s):
    version, count = read_exactly(s, 2)
    methods = read_exactly(s, count)
    wanted = 2 if password else 0
    if version != 5 or wanted not in methods:
        s.sendall(b"\x05\xff")
        return None
    s.sendall(bytes([5, wanted]))
    if password:
        _, n = read_exactly(s, 2)
        user = read_exactly(s, n)
        given = user + b":" + read_exactly(s, read_exactly(s, 1)[0])
        s.sendall(b"\x01" + (b"\x00" if given == password.encode() else b"\x01"))
        if given != password.encode():
            return None
    _, _, _, kind = read_exactly(s, 4)
    if kind == 1:
        host = socket.inet_ntoa(read_exactly(s, 4))
    elif kind == 3:
        host = read_exactly(s, read_exactly(s, 1)[0]).decode()
    else:
        host = socket.inet_ntop(socket.AF_INET6, read_exactly(s, 16))
    port, = struct.unpack(">H", read_exactly(s, 2))
    log("SOCKS %s %s:%d" % ("name" if kind == 3 else "address", host, port))
    code, out = 0, None
    try:
        out = None if host == "forbidden.invalid" else reach(host, port)
        code = 0 if out else 2
    except OSError:
        code = 5
    s.sendall(bytes([5, code, 0, 1]) + bytes(6))
    return join(s, out) if out else None


def serve(s):
    try:
        if sys.argv[2] == "https":
            s = tls.wrap_socket(s, server_side=True)
        (serve_socks if sys.argv[2] == "socks" else serve_http)(s)
    except (OSError, ValueError):
        pass
    s.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    if sys.argv[2] == "https":
        tls.load_cert_chain(sys.argv[3], sys.argv[4])
    open(sys.argv[1] + ".log", "w").close()
    with open(sys.argv[1] + ".new", "w") as f:
        f.write(str(listener.getsockname()[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    while True:
        s, _ = listener.accept()
        threading.Thread(target=serve, args=(s,), daemon=True).start()


main()

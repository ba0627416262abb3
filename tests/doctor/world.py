"""A small world that fails on demand, for tests/doctor: a network and a mount namespace, name servers, web servers with and
without TLS, forward proxies, a module proxy with faults, firewall rules and routes. Nothing of it leaves the namespace."""
import http.server, os, re, shutil, socket, struct, subprocess, sys, threading, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
sys.path[:0] = [str(REPO / "tests/sumdb"), str(REPO / "tests/e2e")]
import lab, testdb  # noqa: E402

MODULE, VERSION, NEWEST = "example.com/m", "v1.0.0", "v1.1.0"
DNS = "10.77.0.53"
GIT = "10.77.0.2"  # has port 443
ODD = "10.77.0.3"  # has something else on port 443, and HTTP on port 80
WEB = "10.77.0.1"  # no loopback address, for which no forward proxy is used


def enter(script, *arguments):
    """Runs the script anew in namespaces of its own, once."""
    if os.environ.get("DOCTOR_INSIDE"):
        return
    prefix = ["unshare", "-mn"] if os.getuid() == 0 else ["unshare", "-rmn"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        lab.skip("this system permits no network and mount namespace")
    for tool in ("ip", "openssl", "nginx", "nft"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            lab.skip(f"{tool} is not installed")
    os.environ.update(DOCTOR_INSIDE="1", PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
    os.execvp(prefix[0], [*prefix, sys.executable, script, *arguments])


def sh(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **more).stdout


# --- the network ---

# What becomes of connections to these addresses; the first three by firewall, the others by route.
DROPPED, REJECTED, BARRED = "10.77.1.1", "10.77.1.2", "10.77.1.3"
ROUTES = {"unreachable": "10.77.2.1", "throw": "10.77.2.2", "prohibit": "10.77.2.3", "blackhole": "10.77.2.4"}


def make_network():
    sh("ip", "link", "set", "lo", "up")
    for address in (WEB, GIT, ODD, DNS, "10.77.0.54", DROPPED, REJECTED, BARRED):
        sh("ip", "addr", "add", f"{address}/32", "dev", "lo")
    for kind, address in ROUTES.items():
        sh("ip", "route", "add", kind, address)
    rules = f"""table inet doctor {{
      chain in {{
        type filter hook input priority 0
        ip daddr {DROPPED} drop
        ip daddr {REJECTED} tcp dport 443 reject with tcp reset
        ip daddr {BARRED} tcp dport 443 reject with icmp type host-unreachable
      }}
    }}"""
    done = subprocess.run(["nft", "-f", "-"], input=rules, text=True, capture_output=True)
    return done.returncode == 0  # a kernel without nf_tables


def use_resolver(scratch, server, name="resolv.conf"):
    """Binds a resolv.conf over the one of the machine, for this mount namespace."""
    conf = Path(scratch) / name
    conf.write_text(f"nameserver {server}\n" if server else "")
    switch = Path(scratch) / "nsswitch.conf"
    switch.write_text("hosts: files dns\n")
    for file, place in ((conf, "/etc/resolv.conf"), (switch, "/etc/nsswitch.conf")):
        sh("mount", "--bind", file, os.path.realpath(place))


# --- names ---

NAMES = {"web.test": [WEB], "two.test": [WEB, DROPPED], "here.test": ["127.0.0.1"], "dropped.test": [DROPPED],
         "empty.test": [], "git.test": [GIT],
         "unsteady.test": [WEB], "odd.test": [ODD]}
RCODES = {"refused.test": 5, "servfail.test": 2}


def answer(question):
    """The answer to a question for an A or AAAA record; None: none is sent."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode("latin-1"))
        at += question[at] + 1
    kind, = struct.unpack(">H", question[at + 1:at + 3])
    name, section = ".".join(labels).lower(), question[12:at + 5]
    if name == "silent.test":
        return None
    rcode = RCODES.get(name, 0 if name in NAMES else 3)
    found = NAMES.get(name, []) if kind == 1 else []
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4) + socket.inet_aton(a) for a in found)
    return question[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, len(found), 0, 0) + section + records


def serve_names():
    asked = []  # for unsteady.test, which is answered late: what a resolver that is overloaded does
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((DNS, 53))

    def loop():
        while True:
            question, client = s.recvfrom(2048)
            if b"\x08unsteady" in question:
                asked.append(question)
                if len(asked) < 3:
                    continue
            if reply := answer(question):
                s.sendto(reply, client)

    threading.Thread(target=loop, daemon=True).start()


# --- plain servers ---

def listen(handle, address=WEB, port=0):
    """A server whose connections are given to `handle`, each in a thread; returns its port."""
    s = socket.create_server((address, port), backlog=64)

    def one(c):
        try:
            handle(c)
        except OSError:
            pass
        finally:
            c.close()

    def loop():
        while True:
            c, _ = s.accept()
            threading.Thread(target=one, args=(c,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    return s.getsockname()[1]


def reset(c):
    c.recv(4096)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Modules:
    """A module proxy on http://web.test:PORT/FAULT/..., which has the fault that its path begins with."""

    def __init__(self, tree, old):
        self.tree, self.old = Path(tree), Path(old)
        self.asked = []  # (fault, path) of each request
        handler = self.handler()
        self.http = http.server.ThreadingHTTPServer(("0.0.0.0", 0), handler)
        self.http.daemon_threads, self.http.request_queue_size, self.http.handle_error = True, 128, lambda *_: None
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, fault, host="web.test"):
        return f"http://{host}:{self.port}/{fault}"

    def file(self, fault, path):
        tree = self.old if fault == "stale" else self.tree
        try:
            body = (tree / path).read_bytes()
        except OSError:
            return None
        if fault == "another zip" and path.endswith(".zip"):
            return (self.old.parent / "other.zip").read_bytes()
        if fault == "another mod" and path.endswith(".mod"):
            return body + b"// changed\n"
        if fault == "forged head" and path.endswith("/latest"):
            return body.replace(testdb.NAME.encode(), b"other.test")
        if fault == "forged record" and "/lookup/" in path:
            return re.sub(rb"h1:[A-Za-z0-9+/]{4}", b"h1:AAAA", body)
        return body

    def handler(modules):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def send(self, body, length=None, status=200, kind="text/plain", **headers):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def drip(self, body, seconds):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(seconds)

            def do_GET(self):
                fault, _, path = self.path.lstrip("/").partition("/")
                modules.asked.append((fault, path))
                fault = fault.replace("-", " ")
                zip_, list_ = path.endswith(".zip"), path.endswith("@v/list")
                if fault == "moved":  # to a login page, as a captive portal does
                    return self.send(b"", status=302, Location=f"http://web.test:{modules.port}/login/{path}")
                if fault in ("login", "page") or (fault == "page for zip" and zip_):
                    return self.send(b"<html>log in</html>", kind="text/html; charset=utf-8")
                if fault == "moved to nowhere":
                    return self.send(b"", status=302, Location="http://web.test:1/")
                if fault.isdigit():
                    return self.send(b"no\x1b[2J such thing\n", status=int(fault), **({"Retry_After": "7"} if fault == "429" else {}))
                if fault == "garbage list" and list_:
                    return self.send(b"welcome to this server\n")
                if fault == "huge list":
                    return self.send(b"v1.0.0\n", length=20_000_000)
                if fault == "no list" and (list_ or path.endswith("@latest")):
                    return self.send(b"") if list_ else self.send(b"", status=404)
                if fault == "other info" and path.endswith(".info"):
                    return self.send(b'{"Version":"v9.9.9"}')
                if fault == "garbage zip" and zip_:
                    return self.send(b"PK" + bytes(100))
                if fault == "late":
                    time.sleep(2.3)
                if fault == "mute":
                    return time.sleep(30)
                body = modules.file(fault, path)
                if body is None:
                    return self.send(b"no such file\n", status=404)
                if fault == "stall":
                    self.send(body[:1], length=len(body) + 100)
                    return time.sleep(30)
                if (fault == "cut" and list_) or (fault == "cut zip" and zip_):
                    self.close_connection = True
                    return self.send(body[:len(body) // 2], length=len(body))
                if fault == "drip":
                    return self.drip(body * 100, 0.3)
                if fault == "not gzip":
                    return self.send(body, Content_Encoding="gzip")
                if fault == "slow mirror" and zip_:
                    time.sleep(0.4)
                return self.send(body)

            def log_message(self, *_):
                pass

        return Handler


# --- certificates and nginx ---

class Authority:
    def __init__(self, folder, name):
        self.folder = Path(folder) / name.replace(" ", "-")
        self.folder.mkdir()
        self.cert, self.key = self.folder / "root.pem", self.folder / "root.key"
        sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj", f"/CN={name}",
           "-addext", "basicConstraints=critical,CA:true", "-keyout", self.key, "-out", self.cert)
        (self.folder / "index").touch()
        (self.folder / "serial").write_text("01\n")
        (self.folder / "conf").write_text(f"""[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nserial={self.folder}/serial
new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n""")

    def issue(self, name, hosts, start=-3600, end=30 * 86400, usage="serverAuth"):
        """Certificate and key for the hosts, valid from `start` to `end` seconds from now; with the root behind it."""
        cert, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        when = [time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + n)) for n in (start, end)]
        sh("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={hosts[0]}",
           "-addext", "subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts), "-addext", f"extendedKeyUsage={usage}", "-keyout", key, "-out", request)
        sh("openssl", "ca", "-batch", "-notext", "-config", self.folder / "conf", "-cert", self.cert, "-keyfile", self.key,
           "-startdate", when[0], "-enddate", when[1], "-in", request, "-out", cert)
        return cert, key


class Nginx:
    """Servers on ports of their own; `blocks` is name: (listen options, directives)."""

    def __init__(self, folder, tree, blocks):
        home = Path(folder) / "nginx"
        home.mkdir()
        self.ports = {}
        servers = ""
        for name, (options, directives) in blocks.items():
            self.ports[name] = 443 if name == "git" else lab.free_port()
            address = GIT if name == "git" else "0.0.0.0"
            servers += f"server {{ listen {address}:{self.ports[name]} {options}; server_name {name}; root {tree}; {directives} }}\n"
        (home / "conf").write_text(f"""daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log; user root;
events {{ worker_connections 256; }}
http {{ access_log off; limit_req_zone $server_name zone=few:1m rate=1r/m; limit_req_status 429;
{"".join(f"{kind}_temp_path {home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
{servers} }}""")
        self.process = subprocess.Popen(["nginx", "-p", str(home), "-c", str(home / "conf")], stderr=subprocess.DEVNULL)
        for name, port in self.ports.items():
            lab.wait_for_port(port, GIT if name == "git" else "127.0.0.1", home / "error.log")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def start_script(scratch, script, name, *arguments):
    """A server of tests/net as a process; returns it and its port."""
    place = Path(scratch) / f"{name}.port"
    process = subprocess.Popen([sys.executable, str(REPO / "tests/net" / script), str(place), *map(str, arguments)])
    lab.wait_until(place.exists, f"{script} does not start")
    return process, int(place.read_text())

"""What fails, and what the doctor has to say of it: the table of docs/troubleshooting.md, produced for real."""
import subprocess, sys
from pathlib import Path

import world
from world import DNS, MODULE, NEWEST, REPO, VERSION, WEB, lab, testdb

AT = f"{MODULE}@{VERSION}"
SMALL = f"""-- {MODULE}@{VERSION} --
go 1.21
-- {MODULE}@{NEWEST} --
go 1.21
+ more.txt
-- example.com/bare@v1.0.0 --
go 1.21
"""


class World:
    """Everything that the modes ask, made once."""

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.firewall = world.make_network()
        world.use_resolver(scratch, DNS)
        world.serve_names()
        self.make_modules()
        self.modules = world.Modules(self.tree, self.old)
        self.roots = world.Authority(scratch, "Test Root")
        self.spy = world.Authority(scratch, "Spying Appliance")
        self.make_nginx()
        self.processes = []
        self.closed = lab.free_port()
        self.mute = world.listen(lambda c: c.recv(1) and world.time.sleep(30))
        self.resets = world.listen(world.reset)
        self.closes = world.listen(lambda c: c.recv(4096))
        self.garbage = world.listen(lambda c: (c.recv(4096), c.sendall(b"220 mail.test ESMTP ready\r\n")))
        for address, port in ((world.GIT, 80), (world.ODD, 443)):
            world.listen(lambda c: (c.recv(4096), c.sendall(b"220 mail.test ESMTP ready\r\n")), address, port)
        world.listen(lambda c: (c.recv(4096), c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")), world.ODD, 80)
        self.make_proxies()

    def make_modules(self):
        self.tree, self.old = self.scratch / "new/tree", self.scratch / "old/tree"
        make = [sys.executable, str(REPO / "tests/cli/mkproxy.py")]
        subprocess.run([*make, str(self.tree), "--sum", str(self.scratch / "go.sum")], input=SMALL, text=True, check=True)
        old = SMALL.split("-- " + f"{MODULE}@{NEWEST}")[0]
        subprocess.run([*make, str(self.old)], input=old, text=True, check=True)
        other = self.scratch / "other/tree"
        subprocess.run([*make, str(other), "--no-sumdb"], input=SMALL.replace("go 1.21\n-- example.com/m@v1.1", "go 1.21\n+ evil.go\n-- example.com/m@v1.1"),
                       text=True, check=True)
        (self.scratch / "old/other.zip").write_bytes((other / f"{MODULE}/@v/{VERSION}.zip").read_bytes())
        self.project = self.scratch / "project"
        self.project.mkdir()
        (self.project / "go.mod").write_text(f"module example.com/p\n\ngo 1.21\n\nrequire {MODULE} {VERSION}\n")
        (self.project / "go.sum").write_text((self.scratch / "go.sum").read_text())
        self.empty = self.scratch / "empty"
        self.empty.mkdir()

    def make_nginx(self):
        names = ["web.test", "m.invalid", "forbidden.invalid", "refused.invalid", "localhost"]
        pairs = {"good": self.roots.issue("good", names), "spied": self.spy.issue("spied", names),
                 "expired": self.roots.issue("expired", names, -9 * 86400, -86400),
                 "early": self.roots.issue("early", names, 86400, 9 * 86400),
                 "soon": self.roots.issue("soon", names, -86400, 5 * 86400 + 3600),
                 "other": self.roots.issue("other", ["other.test"]), "git": self.roots.issue("git", ["git.test"]),
                 "client": self.roots.issue("client", names, usage="clientAuth")}
        alone = self.scratch / "alone"
        world.sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30, "-subj", "/CN=web.test",
                 "-addext", "subjectAltName=DNS:web.test", "-keyout", f"{alone}.key", "-out", f"{alone}.pem")
        pairs["alone"] = f"{alone}.pem", f"{alone}.key"
        self.good = pairs["good"]
        tls = {name: ("ssl", f"ssl_certificate {c}; ssl_certificate_key {k};") for name, (c, k) in pairs.items()}
        hashed = world.sh("openssl", "passwd", "-apr1", "secret").strip()
        (self.scratch / "htpasswd").write_text(f"user:{hashed}\n")
        more = {"closed": f"auth_basic x; auth_basic_user_file {self.scratch}/htpasswd;", "403": "deny all;", "429": "limit_req zone=few;",
                "410": "location / { return 410; }", "503": "location / { return 503; }", "404": "location / { return 404; }",
                "redirecting": f"return 302 {self.modules.url('good')}/;"}
        blocks = {**tls, "rejecting": ("ssl", "ssl_reject_handshake on;"), "plain": ("", ""), "plain404": ("", more["404"])}
        blocks.update({name: ("ssl", tls["good"][1] + rest) for name, rest in more.items()})
        page = '<meta name="go-import" content="git.test/team/good git https://git.test/good.git">'
        blocks["git"] = ("ssl", f"{tls['git'][1]} default_type text/html; location /team/good {{ return 200 '{page}'; }} location / {{ return 404; }}")
        self.nginx = world.Nginx(self.scratch, self.tree, blocks)

    def make_proxies(self):
        script = "forwardproxy.py"
        self.forward = {}
        for name, arguments in {"http": ("http",), "http password": ("http", "user:secret"), "socks": ("socks",),
                                "socks password": ("socks", "user:secret"), "https": ("https", *self.spy.issue("proxy", ["localhost"]))}.items():
            process, port = world.start_script(self.scratch, script, name.replace(" ", "-"), *arguments)
            self.processes.append(process)
            self.forward[name] = port

    def stop(self):
        self.nginx.stop()
        for process in self.processes:
            process.terminate()

    def https(self, name, host="web.test", login=""):
        return f"https://{login}{host}:{self.nginx.ports[name]}"

    def through(self, proxy, host="m.invalid", login="", name="good"):
        scheme = proxy.split()[0].replace("socks", "socks5")
        return {"args": [self.https(name, host), AT], "HTTPS_PROXY": f"{scheme}://{login}127.0.0.1:{self.forward[proxy]}"}


def at(url, module=AT, **more):
    """The doctor looks at one URL."""
    return {"args": [url, module] if module else [url], **more}


def listed(goproxy, module=AT, **more):
    """The doctor looks at GOPROXY."""
    return {"args": [module] if module else [], "GOPROXY": goproxy, **more}


def scenarios(w):
    """mode: what to run. `also`: what is found besides, `cwd`: where, `ca`: a root, `resolver`: another name server,
    `timeout`: where it is to run out."""
    m = w.modules.url
    key = testdb.Signer().key
    liar = testdb.Signer(seed=b"somebody else").key
    ca = {"ca": w.roots.cert}

    def plain_port(proxy, name):
        ways = w.through(proxy, name=name)
        return {**ways, "HTTP_PROXY": ways["HTTPS_PROXY"]}

    return {
        # settings
        "GOPROXY=off": listed("off"),
        "GOPROXY is no list of URLs": listed("ftp://user:secret@web.test"),
        "GOFLAGS=-mod=vendor": listed(m("good"), GOFLAGS="-mod=vendor"),
        "GOPROXY=direct, and no module given": listed("direct", None),
        # names
        "a name that does not exist": at("https://nowhere.test"),
        "a name without an address": at("https://empty.test"),
        "the name server refuses": at("https://refused.test"),
        "the name server fails": at("https://servfail.test"),
        "the name server is silent": at("https://silent.test", timeout=2),
        "the name server answers the second time alone": at("https://unsteady.test", timeout=2),
        "no name server is set": at("https://web.test", resolver=""),
        "the name server is not there": at("https://web.test", resolver="10.77.0.54"),
        "no way leads to the name server": at("https://web.test", resolver=world.ROUTES["throw"]),
        # connections
        "nobody listens on the port": at(f"https://web.test:{w.closed}"),
        "a firewall drops": at(f"https://{world.DROPPED}", firewall=True, timeout=2),
        "a firewall rejects with a reset": at(f"https://{world.REJECTED}", firewall=True),
        "a firewall rejects with ICMP": at(f"https://{world.BARRED}", firewall=True),
        "an unreachable host": at(f"https://{world.ROUTES['unreachable']}"),
        "no route": at(f"https://{world.ROUTES['throw']}"),
        "a prohibited route": at(f"https://{world.ROUTES['prohibit']}"),
        "a blackholed route": at(f"https://{world.ROUTES['blackhole']}"),
        "one of two addresses is dead": at(m("good", "two.test"), firewall=True, timeout=2),
        # forward proxies
        "the forward proxy is down": at("https://m.invalid", HTTPS_PROXY=f"http://user:secret@127.0.0.1:{w.closed}"),
        "the name of the forward proxy does not exist": at("https://m.invalid", HTTPS_PROXY="http://user:secret@nowhere.test:3128"),
        "the forward proxy wants a password": w.through("http password"),
        "the forward proxy gets a wrong password": w.through("http password", login="user:secret2@"),
        "the forward proxy refuses CONNECT": w.through("http", "forbidden.invalid"),
        "the forward proxy does not reach the server": w.through("http", "refused.invalid"),
        "the forward proxy is silent": at("https://m.invalid", HTTPS_PROXY=f"http://{WEB}:{w.mute}", timeout=2),
        "the forward proxy is something else": at("https://m.invalid", HTTPS_PROXY=f"http://{WEB}:{w.garbage}"),
        "the forward proxy has an untrusted certificate": {**w.through("https"), "HTTPS_PROXY": f"https://localhost:{w.forward['https']}"},
        "the SOCKS proxy is dead": at("https://m.invalid", HTTPS_PROXY=f"socks5://127.0.0.1:{w.closed}"),
        "the SOCKS proxy wants a password": w.through("socks password"),
        "the SOCKS proxy forbids it": w.through("socks", "forbidden.invalid"),
        "the SOCKS proxy does not reach the server": w.through("socks", "refused.invalid"),
        "plain HTTP through a forward proxy that wants a password": at(w.modules.url("good", "m.invalid"), HTTP_PROXY=f"http://127.0.0.1:{w.forward['http password']}"),
        # TLS
        "a self-signed certificate": at(w.https("alone")),
        "an intercepting authority": at(w.https("spied"), **ca),
        "an authority trusted through --ca alone": at(w.https("good"), **ca),
        "an expired certificate": at(w.https("expired"), **ca),
        "a certificate that is not valid yet": at(w.https("early"), **ca),
        "a certificate that expires soon": at(w.https("soon"), SSL_CERT_FILE=w.roots.cert, also=[("tls", "private-root")]),
        "a certificate for another name": at(w.https("other"), **ca),
        "TLS spoken to a plain port": at(f"https://web.test:{w.nginx.ports['plain']}"),
        "the same, through an HTTP proxy": plain_port("http", "plain404"),
        "the same, through a SOCKS proxy": plain_port("socks", "plain"),
        "a handshake that nobody answers": at(f"https://web.test:{w.mute}", timeout=2),
        "a connection reset during the handshake": at(f"https://web.test:{w.resets}"),
        "the same, and a forward proxy that answers plain HTTP itself": at(
            f"https://web.test:{w.resets}", HTTPS_PROXY=f"http://127.0.0.1:{w.forward['http']}", HTTP_PROXY=f"http://127.0.0.1:{w.forward['http password']}"),
        "a handshake that is refused": at(w.https("rejecting")),
        "a certificate that is not for servers": at(w.https("client"), **ca),
        "port 443 speaks something else, port 80 HTTP": at("https://odd.test"),
        # HTTP
        "port 80 speaks something else, port 443 TLS": at("http://git.test"),
        "plain HTTP spoken to a TLS port": at(f"http://web.test:{w.nginx.ports['good']}"),
        "a server that wants a login": at(w.https("closed"), GOAUTH="off", **private(w)),
        "a server that gets a wrong login": at(w.https("closed", login="user:secret2@"), **private(w)),
        "403 Forbidden": at(w.https("403"), **private(w)),
        "404 for everything": at(w.https("404"), **private(w, ("list", "not-found"))),
        "410 for everything": at(w.https("410"), **private(w, ("list", "not-found"))),
        "a rate limit": at(w.https("429"), before=True, **private(w)),
        "503 Service Unavailable": at(w.https("503"), **private(w)),
        "another status": at(m("418")),
        "a captive portal that redirects": at(m("moved")),
        "a web page instead of a list": at(m("page")),
        "a server that speaks something else": at(f"http://web.test:{w.garbage}"),
        "a connection closed instead of an answer": at(f"http://web.test:{w.closes}"),
        "a connection reset instead of an answer": at(f"http://web.test:{w.resets}"),
        "no first byte": at(m("mute"), timeout=2),
        "a slow first byte": at(m("late")),
        "a body that stalls": at(m("stall"), timeout=2),
        "a body that drips": at(m("drip"), timeout=1),
        "a list cut short": at(m("cut")),
        "a body that does not decompress": at(m("not-gzip")),
        "a redirect to a server that is down": at(m("moved-to-nowhere")),
        "a redirect from https to http": at(w.https("redirecting"), **private(w)),
        # modules
        "a list that is none": at(m("garbage-list")),
        "a list that is too long": at(m("huge-list")),
        "a module without versions": at(m("no-list"), MODULE),
        "an .info of another version": at(m("other-info")),
        "a web page instead of a zip": at(m("page-for-zip")),
        "a zip cut short": at(m("cut-zip")),
        "a zip that is none": at(m("garbage-zip")),
        "a zip with another hash than in go.sum": at(m("another-zip"), cwd=w.project),
        "a go.mod with another hash than in go.sum": at(m("another-mod"), cwd=w.project),
        "a folder that is not there": at("file:///nowhere", also=[("list", "not-found")]),
        "a module that no proxy has": listed(m("good") + "," + m("stale"), "example.com/none@v1.0.0",
                                             also=[("list", "not-found")] * 2),
        # the checksum database
        "GOSUMDB=off": listed(m("good"), GOSUMDB="off"),
        "GOSUMDB that names none": listed(m("good"), GOSUMDB="sumdb.test"),
        "the checksum database is down": listed(m("good"), GOSUMDB=f"{key} https://web.test:{w.closed}"),
        "the checksum database is behind a proxy that is down": listed(f"http://web.test:{w.closed}", GOSUMDB=key,
                                                                       also=[("tcp", "connection-refused")]),
        "a zip with another hash than in the checksum database": listed(m("another-zip"), GOSUMDB=key),
        "the checksum database has another key": listed(m("good"), GOSUMDB=f"{liar} {m('good')}/sumdb/{testdb.NAME}"),
        "the checksum database forges its head": listed(m("forged-head"), GOSUMDB=key),
        "the checksum database forges a record": listed(m("forged-record"), GOSUMDB=key),
        "the checksum database does not know the module": listed(m("good"), "example.com/m@v1.1.0", GOSUMDB=f"{key} {m('stale')}/sumdb/{testdb.NAME}"),
        # the list as a whole
        "a dead entry before a comma": listed(f"http://web.test:{w.closed}," + m("good"), also=[("tcp", "connection-refused")]),
        "a dead entry before a bar": listed(f"http://web.test:{w.closed}|" + m("good")),
        # private modules
        "the host of a private module is down": listed(m("good"), "here.test/team/x@v1.0.0", GOPRIVATE="here.test",
                                                       also=[("settings", "direct")]),
        "a private module, and GOPROXY=off": listed("off", "git.test/team/good@v1.0.0", GOPRIVATE="git.test", **private(w)),
        "a private module": listed(m("good"), "git.test/team/good@v1.0.0", GOPRIVATE="git.test", **private(w)),
        "a private host that names no repository": listed(m("good"), "git.test/team/none@v1.0.0", GOPRIVATE="git.test",
                                                          **private(w, ("settings", "direct"))),
        "a private host is down": listed(m("good"), None, GOPRIVATE="here.test/team"),
        # mirrors
        "a mirror is down": {"args": ["--mirrors", f"{m('good')},http://web.test:{w.closed}", AT]},
        "a mirror is behind": {"args": ["--mirrors", f"{m('good')},{m('stale')}", MODULE]},
        "a mirror has other content": {"args": ["--mirrors", f"{m('good')},{m('another-zip')}", AT], "GOSUMDB": key},
        "mirrors differ, and nobody knows better": {"args": ["--mirrors", f"{m('good')},{m('another-zip')}", AT], "twice": True, "also": [("mirrors", "nowhere")]},
        "no mirror is usable": {"args": ["--mirrors", f"http://web.test:{w.closed}", AT], "also": [("tcp", "connection-refused")]},
    }


def private(w, *also):
    """A root that is trusted through SSL_CERT_FILE is worth a warning, each time."""
    return {"SSL_CERT_FILE": w.roots.cert, "also": [("tls", "private-root"), *also]}

"""For direct.py: a network namespace with hosts of its own, git repositories behind nginx with TLS, and both clients.

The script that imports this starts itself anew in a network and a mount namespace. There 127.0.0.1 has all the names of HOSTS,
so that module paths are those of the world, and nothing leaves the machine.
"""
import contextlib, fcntl, json, os, shutil, socket, struct, subprocess, sys, tempfile
from pathlib import Path

import lab

# github.com: a host that go asks for no page.
HOSTS = ["git.example.com", "code.example.com", "proxy.example.com", "plain.example.com", "gopkg.in", "github.com"]
INSIDE = "MODFERRY_DIRECT_INSIDE"


def enter():
    """Goes on in namespaces of its own; the names of HOSTS are those of loopback."""
    for tool in ("go", "git", "nginx", "fcgiwrap", "openssl", "unshare"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
            lab.skip(f"{tool} is not installed")
    if INSIDE not in os.environ:
        flags = "-nm" if os.getuid() == 0 else "-rnm"
        if subprocess.run(["unshare", flags, "true"], capture_output=True).returncode != 0:
            lab.skip("this system permits no namespaces")
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", flags, sys.executable, *sys.argv])
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
    hosts = Path(tempfile.mkdtemp(prefix="modferry-hosts-")) / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ["localhost", *HOSTS]))
    lab.run(["mount", "--bind", hosts, "/etc/hosts"])
    shutil.rmtree(hosts.parent, True)
    os.environ["PATH"] += ":/usr/sbin"


class Repo:
    """A repository that grows by commits an hour apart."""

    def __init__(self, path, top, *options):
        self.tree = Path(top) / "work" / path
        self.bare = Path(top) / "git" / (path + ".git")
        self.hours = 0
        self.tree.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *args):
        at = f"2024-01-01T{self.hours % 24:02}:00:00+0100"
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at,
               "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@example.com"}
        return lab.run(["git", "-c", "protocol.file.allow=always", *args], cwd=self.tree, env=env).stdout.strip()

    def commit(self, files, *tags, remove=()):
        """Files by name; a value that begins with "->" is a link. Returns the commit."""
        self.hours += 1
        for name in remove:
            self.git("rm", "-q", "-r", name)
        for name, text in files.items():
            at = self.tree / name
            at.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, str) and text.startswith("->"):
                at.symlink_to(text[2:])
            else:
                at.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"commit {self.hours}")
        for tag in tags:
            self.tag(tag)
        return self.git("rev-parse", "HEAD")

    def tag(self, name, at="HEAD"):
        annotated = ["-a", "-m", name] if self.hours % 2 else []
        self.git("tag", *annotated, name, at)

    def publish(self):
        shutil.rmtree(self.bare, True)
        self.bare.parent.mkdir(parents=True, exist_ok=True)
        self.git("clone", "-q", "--bare", str(self.tree), str(self.bare))
        (self.bare / "git-daemon-export-ok").touch()
        self.git("-C", str(self.bare), "config", "uploadpack.allowFilter", "true")
        self.git("-C", str(self.bare), "update-server-info")
        return self


class World:
    def __init__(self, top):
        self.top = Path(top)
        self.pages = self.top / "pages"
        self.home = self.top / "home"
        self.home.mkdir()
        self.ca = self.top / "ca.pem"

    def repo(self, path, *options):
        return Repo(path, self.top, *options)

    def page(self, path, *lines, text=None):
        """The page of an import path says lines of PREFIX VCS URL [SUBDIR]."""
        at = self.pages / (path + ".page")
        at.parent.mkdir(parents=True, exist_ok=True)
        metas = "".join(f'<meta name="go-import" content="{line}">\n' for line in lines)
        at.write_text(text or f"<!DOCTYPE html>\n<html><head>\n<title>x & y</title>\n{metas}</head><body>nothing</body></html>\n")

    @contextlib.contextmanager
    def serve(self):
        names = ",".join(f"DNS:{h}" for h in HOSTS if h != "plain.example.com")
        lab.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test",
                 "-keyout", self.top / "key.pem", "-out", self.ca, "-addext", f"subjectAltName={names}"])
        password = lab.run(["openssl", "passwd", "-apr1", "secret"]).stdout.strip()
        (self.top / "htpasswd").write_text(f"me:{password}\n")
        (self.top / "nginx.conf").write_text(self.nginx_conf())
        socket_path = self.top / "fcgi.sock"
        servers = [subprocess.Popen(["fcgiwrap", "-c", "4", "-s", f"unix:{socket_path}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
        try:
            lab.wait_until(socket_path.exists, "fcgiwrap does not start")
            user = ["-g", "user root;"] if os.getuid() == 0 else []
            servers.append(subprocess.Popen(["nginx", "-p", str(self.top), "-c", str(self.top / "nginx.conf"), *user], stderr=subprocess.DEVNULL))
            lab.wait_for_port(443, log=self.top / "error.log")
            yield self
        finally:
            for s in reversed(servers):
                s.terminate()
                s.wait()

    def nginx_conf(self):
        backend = f"""include {self.top}/fastcgi; fastcgi_pass unix:{self.top}/fcgi.sock;"""
        (self.top / "fastcgi").write_text(f"""
fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
fastcgi_param GIT_PROJECT_ROOT {self.top}/git; fastcgi_param GIT_HTTP_EXPORT_ALL 1; fastcgi_param PATH_INFO $uri;
fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param REMOTE_ADDR $remote_addr; fastcgi_param REMOTE_USER $remote_user;
fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding; fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol; fastcgi_param GIT_PROTOCOL $http_git_protocol;
""")
        tls = f"listen 127.0.0.1:443 ssl; ssl_certificate {self.ca}; ssl_certificate_key {self.top}/key.pem;"
        pages = f"root {self.pages}/$host; default_type text/html;"
        return f"""
daemon off; worker_processes 1; pid {self.top}/pid; error_log {self.top}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {self.top}/access.log; client_max_body_size 0; default_type text/html;
  client_body_temp_path {self.top}/a; proxy_temp_path {self.top}/b; fastcgi_temp_path {self.top}/c; uwsgi_temp_path {self.top}/d; scgi_temp_path {self.top}/e;
  server {{ {tls} server_name code.example.com; {pages}
    location / {{ try_files $uri.page =404; }}
    location /broken/ {{ return 503; }} }}
  server {{ {tls} server_name gopkg.in; {pages} location / {{ try_files $uri.page @git; }}
    location @git {{ {backend} }} }}
  server {{ {tls} server_name git.example.com github.com;
    location / {{ {backend} }}
    location /private/ {{ auth_basic x; auth_basic_user_file {self.top}/htpasswd; {backend} }} }}
  server {{ {tls} server_name proxy.example.com; root {self.top}/proxy; }}
  server {{ listen 127.0.0.1:80; server_name plain.example.com; {pages} location / {{ try_files $uri.page @git; }}
    location @git {{ {backend} }} }}
}}
"""


class Clients:
    """Both clients, each with caches of its own, under the same settings."""

    def __init__(self, world, name, **settings):
        self.world, self.top = world, world.top / "clients" / name
        self.top.mkdir(parents=True)
        self.settings = {"GOPROXY": "direct", "GOSUMDB": "off", "GONOSUMDB": "*", "SSL_CERT_FILE": str(world.ca), "HOME": str(world.home),
                         "GIT_CONFIG_NOSYSTEM": "1", **settings}

    def go(self, *args, check=False):
        env = {**lab.go_environment(GOMODCACHE=self.top / "gomodcache", GOFLAGS="-modcacherw"), **self.settings,
               "GIT_SSL_CAINFO": str(self.world.ca)}
        return lab.run(["go", *args], cwd=self.top, env=env, check=check)

    def modferry(self, *args, check=False):
        env = {**{k: os.environ[k] for k in ("PATH", "TMPDIR") if k in os.environ}, "GOENV": "off", "GOMODCACHE": str(self.top / "none"),
               "XDG_CACHE_HOME": str(self.top / "cache"), **self.settings}
        done = lab.run([lab.BIN / "modferry", *args], cwd=self.top, env=env, check=check)
        for what in ("Sanitizer", "runtime error"):
            assert what not in done.stderr, done.stderr
        return done

    def go_download(self, module, query):
        done = self.go("mod", "download", "-json", f"{module}@{query}")
        said = json.loads(done.stdout) if done.stdout.strip() else {"Error": done.stderr}
        return said if "Error" not in said else None, said.get("Error", "")

    def our_download(self, module, query, *more):
        done = self.modferry("pack", f"{module}@{query}", "--level", "all", "-q", "-o", "out", *more)
        if done.returncode:
            return None, done
        listed = json.loads(self.modferry("list", "out", "--allow-unsigned", "--json", check=True).stdout)
        # a root names a package, too: another module may have it
        return next((m for m in listed["modules"] if m["path"] == module), None), done

    def ours(self, module, version, suffix):
        return (self.top / "cache/modferry/download" / lab.escape(module) / "@v" / (lab.escape(version) + suffix)).read_bytes()

"""What the end-to-end tests and the benchmark share: fixtures, a loopback proxy, a world without network.

Fixtures are real modules. The ordinary go client fetches them once into a cache outside the checkout
($MODFERRY_FIXTURES, default ~/.cache/modferry-tests); from then on they are served from loopback.
"""
import atexit, contextlib, os, re, shutil, socket, subprocess, sys, tempfile, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sumdb"))
import testdb  # noqa: E402

REPO = Path(__file__).resolve().parents[2]
FIXTURES = Path(os.environ.get("MODFERRY_FIXTURES") or Path(os.path.expanduser("~")) / ".cache/modferry-tests")
BIN = Path(os.environ.get("MODFERRY_BIN") or REPO / "build/release/bin")
SKIPPED = 77
GOSUMDB = testdb.Signer().key
# go keeps there the tree head that it has seen; each run of a test has a database of its own.
GOPATH = tempfile.mkdtemp(prefix="modferry-gopath-")
atexit.register(shutil.rmtree, GOPATH, True)

# name: (module and version to extract as a project, or None for tests/gin; path@version root; its package to build)
PROJECTS = {
    "gin": (None, "github.com/gin-gonic/gin@v1.9.1", "github.com/gin-gonic/gin"),
    "cli": ("github.com/cli/cli/v2@v2.20.2", "github.com/cli/cli/v2@v2.20.2", "github.com/cli/cli/v2/cmd/gh"),
    "prometheus": ("github.com/prometheus/prometheus@v0.305.0", "github.com/prometheus/prometheus@v0.305.0",
                   "github.com/prometheus/prometheus/cmd/promtool"),
}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def escape(s):
    """A module path or version as proxies spell it."""
    return re.sub("[A-Z]", lambda m: "!" + m[0].lower(), s)


def run(args, cwd=None, env=None, check=True, text=True, **more):
    """Runs a command; a failure shows what it printed."""
    args = [str(a) for a in args]
    done = subprocess.run(args, cwd=cwd, env=env, text=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"$ {' '.join(args)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def go_environment(**settings):
    """An environment for `go` that nothing of the caller's leaks into. GOSUMDB is the test database, where not said
    otherwise: no test asks the one that go has built in."""
    keep = {k: os.environ[k] for k in ("PATH", "HOME", "LANG", "TMPDIR") if k in os.environ}
    FIXTURES.mkdir(parents=True, exist_ok=True)
    return {**keep, "GOENV": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw -trimpath",
            "GOCACHE": str(FIXTURES / "gocache"), "GOSUMDB": GOSUMDB, "GOPATH": GOPATH, **{k: str(v) for k, v in settings.items()}}


def fetch_environment():
    """For the go client that fetches fixtures: the caller's proxies, and the checksum database of the world."""
    env = go_environment(GOMODCACHE=FIXTURES / "gomodcache")
    del env["GOSUMDB"]
    return {**env, **{k: os.environ[k] for k in ("GOPROXY", "GOSUMDB") if k in os.environ}}


def require_go():
    if not shutil.which("go"):
        skip("the go command is not installed")


def isolation():
    """The prefix that runs a command without network."""
    prefix = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    if subprocess.run(prefix + ["true"], capture_output=True).returncode != 0:
        skip("this system permits no network namespace")
    return prefix


def main_package(directory, package):
    (directory / "main.go").write_text(f'package main\n\nimport _ "{package}"\n\nfunc main() {{}}\n')


def fetch_fixture(name):
    """Fetches a project's closure, both ways of naming it, with the go client; returns the project's directory."""
    module, at, package = PROJECTS[name]
    done = FIXTURES / f"fetched-{name}"
    project = FIXTURES / "projects" / name
    if done.exists():
        return project
    env = fetch_environment()
    shutil.rmtree(project, ignore_errors=True)
    project.parent.mkdir(parents=True, exist_ok=True)
    if module:
        import json
        info = json.loads(run(["go", "mod", "download", "-json", module], cwd="/", env=env).stdout)
        shutil.copytree(info["Dir"], project)
    else:
        shutil.copytree(REPO / "tests/gin", project)
    run(["chmod", "-R", "u+w", project])
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "project"
        shutil.copytree(project, work)
        for args in (["mod", "download", "all"], ["mod", "graph"], ["list", "-m", "all"]):
            run(["go", *args], cwd=work, env=env)
        at_root = Path(scratch) / "at"
        at_root.mkdir()
        run(["go", "mod", "init", "example.com/at"], cwd=at_root, env=env)
        for args in (["get", at], ["mod", "download", "all"], ["mod", "graph"], ["list", "-m", "all"],
                     ["list", "-mod=mod", "-deps", package]):
            run(["go", *args], cwd=at_root, env=env)
        if name == "gin":
            main_package(at_root, package)
            for args in (["mod", "tidy"], ["mod", "download", "all"], ["mod", "graph"], ["list", "-m", "all"]):
                run(["go", *args], cwd=at_root, env=env)
    done.touch()
    return project


def wait_until(ready, what, log=None):
    """Waits until a function returns true. `what` is said where it does not within ten seconds, with the text of the file `log`
    where there is one."""
    for _ in range(200):
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: {Path(log).read_text()}" if log and Path(log).exists() else what)


def wait_for_port(port, address="127.0.0.1", log=None):
    def listens():
        with socket.socket() as s:
            return s.connect_ex((address, port)) == 0
    wait_until(listens, f"nobody listens on {address} port {port}", log)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def database(top, filler=20000, tree=FIXTURES / "gomodcache/cache/download"):
    """A checksum database of all that `tree` serves in the folder `top`, as files; returns it. GOSUMDB is then its log.signer.key."""
    return testdb.serve_tree(tree, filler, into=Path(top) / "sumdb" / testdb.NAME)


@contextlib.contextmanager
def loopback_proxy(scratch, tree=FIXTURES / "gomodcache/cache/download"):
    """nginx on loopback in front of `tree`: a static module proxy, and for the checksum database in SCRATCH/sumdb
    (see database), which need not be there. Yields its URL; SCRATCH/nginx/pid holds its process id."""
    if not shutil.which("nginx"):
        skip("nginx is not installed")
    port = free_port()
    home = Path(scratch) / "nginx"
    home.mkdir()
    (home / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {home}/access.log; sendfile on; tcp_nopush on; keepalive_requests 100000;
  client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c; uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
  server {{ listen 127.0.0.1:{port}; root {tree};
    location /sumdb/ {{ root {scratch}; }} }}
}}
""")
    user = ["-g", "user root;"] if os.getuid() == 0 else []
    server = subprocess.Popen(["nginx", "-p", str(home), "-c", str(home / "nginx.conf"), *user],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, log=home / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def modferry(*args, env=None, check=True, program="modferry", **more):
    env = env or {**os.environ, "GOSUMDB": GOSUMDB}
    return run([BIN / program, *args], env=env, check=check, **more)

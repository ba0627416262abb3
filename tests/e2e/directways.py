#!/usr/bin/env python3
"""How modules without a proxy are reached, and what is refused: credentials, fallback, settings, ssh, file, rivals, kills.

usage: directways.py core|all
"""
import json, os, re, signal, subprocess, sys, tempfile, threading, time
from pathlib import Path

import lab
import directlab
import testdb
from directlab import Clients, World

G = "https://git.example.com/"


def mod(path, more=""):
    return f"module {path}\n\ngo 1.21\n{more}"


def module(w, path, repo, *lines, more="", url=None):
    r = w.repo(repo)
    r.commit({"go.mod": mod(path, more), "x.go": f"package {Path(path).name}\n"}, "v1.0.0")
    r.commit({"a": "1"}, "v1.1.0")
    r.commit({"b": "1"})
    r.publish()
    w.page(path, *(lines or [f"{path} git {url or G + repo + '.git'}"]))
    return r


def same(c, path, query):
    """Both clients end at the same zip; returns the version."""
    want, why = c.go_download(path, query)
    got, done = c.our_download(path, query)
    assert want and got, f"go: {why}\nmodferry: {done.stderr}"
    assert want["Version"] == got["version"], (want, got)
    assert Path(want["Zip"]).read_bytes() == c.ours(path, got["version"], ".zip")
    return got["version"]


def check_row(name, status, said):
    """What docs/errors.md says of a bad input."""
    row = next((line for line in (lab.REPO / "docs/errors.md").read_text().split("\n") if line.startswith(f"| {name} | {status} | ")), None)
    assert row, f"docs/errors.md has no row {name!r} with status {status}"
    words = row.split(" | ")[2].strip("`")
    assert re.search("^modferry: " + ".*".join(map(re.escape, words.split("…"))), said, re.M), f"docs/errors.md: {words}\nsaid: {said}"


def refused(c, path, query, status, *words, go=True, row=None):
    """modferry refuses with these words, and go refuses as well."""
    if go:
        assert c.go_download(path, query)[0] is None, "go takes it"
    done = c.modferry("pack", f"{path}@{query}", "--level", "all", "-q", "-o", "out")
    assert done.returncode == status, f"status {done.returncode}, not {status}: {done.stderr}"
    for word in words:
        assert word in done.stderr, f"{word!r} is not in: {done.stderr}"
    if row:
        check_row(row, status, done.stderr)
    return done.stderr


def test_credentials(w):
    """core: a password of ~/.netrc opens the repository, and is nowhere afterwards"""
    module(w, "code.example.com/priv", "private/priv")
    c = Clients(w, "credentials", GOPRIVATE="code.example.com/priv")
    text = refused(c, "code.example.com/priv", "v1.0.0", 3, "git ls-remote", "~/.netrc", row="repository: git cannot read it")
    netrc = w.home / ".netrc"
    netrc.write_text("machine git.example.com login me password wrongsecret\n")
    text += refused(c, "code.example.com/priv", "v1.0.0", 3)
    netrc.write_text("machine git.example.com login me password secret\n")
    assert same(c, "code.example.com/priv", "v1.0.0") == "v1.0.0"
    same(c, "code.example.com/priv", "latest")
    netrc.unlink()
    assert "secret" not in text
    for file in (c.top / "cache").rglob("*"):
        assert not file.is_file() or b"secret" not in file.read_bytes(), file
    # what was fetched is still there, without a password and without network
    assert c.our_download("code.example.com/priv", "v1.0.0", "--offline")[0]["version"] == "v1.0.0"


def test_fallback(w):
    """core: `direct` behind a proxy that does not know a module; GONOPROXY in spite of GOPROXY"""
    module(w, "code.example.com/fall", "fall")
    path = "code.example.com/fall"
    c = Clients(w, "fall", GOPROXY="https://proxy.example.com/none,direct")
    same(c, path, "v1.0.0")
    refused(c, path, "v9.9.9", 3, row="repository: no such version")
    c = Clients(w, "fall-off", GOPROXY="off", GONOPROXY="code.example.com")
    same(c, path, "main")
    c = Clients(w, "fall-none", GOPROXY="https://proxy.example.com/none", GONOPROXY="other.example.com")
    refused(c, path, "v1.0.0", 3, "404 Not Found")


def test_fallback_from_what_is_down(w):
    """`direct` behind proxies that are down, and what stands behind `direct`"""
    path = "code.example.com/falldown"
    module(w, path, "falldown")
    for name, goproxy, works in (("down", "https://proxy.example.com:1|direct", True), ("comma", "https://proxy.example.com:1,direct", False),
                                 ("before", "direct,https://proxy.example.com:1", True)):
        c = Clients(w, "falldown-" + name, GOPROXY=goproxy)
        if works:
            same(c, path, "v1.0.0")
            same(c, path, "v1")
            refused(c, path, "v9.9.9", 3, "direct: unknown revision v9.9.9")
        else:
            refused(c, path, "v1.0.0", 3, "connect to proxy.example.com")
    # and the same with an option in the place of the bar
    c = Clients(w, "falldown-option", GOPROXY="https://proxy.example.com:1,direct")
    assert c.our_download(path, "v1.0.0", "--try-next-on-error", "--retries", "0")[0]


def test_policy(w):
    """core: GOVCS, and other version control systems"""
    path = "code.example.com/pol"
    module(w, path, "pol")
    refused(Clients(w, "pol-off", GOVCS="*:off"), path, "v1.0.0", 1, "public code.example.com/pol", row="repository: GOVCS forbids it")
    refused(Clients(w, "pol-none"), "code.example.com/nowhere", "v1.0.0", 3, row="repository: no page says where it is")
    refused(Clients(w, "pol-bad", GOVCS="git"), path, "v1.0.0", 2, "missing colon")
    same(Clients(w, "pol-one", GOVCS="code.example.com/pol:git,*:off"), path, "v1.0.0")
    same(Clients(w, "pol-private", GOVCS="public:off", GOPRIVATE="*.example.com"), path, "v1.0.0")
    for name in ("hg", "svn"):
        w.page(f"code.example.com/pol{name}", f"code.example.com/pol{name} {name} https://git.example.com/x")
    c = Clients(w, "pol-vcs")
    refused(c, "code.example.com/polhg", "v1.0.0", 4, "GOPROXY", row="repository: another version control system")
    refused(c, "code.example.com/polsvn", "v1.0.0", 1, "GOVCS disallows using svn")
    refused(Clients(w, "pol-svn", GOPRIVATE="code.example.com"), "code.example.com/polsvn", "v1.0.0", 4, "kept with svn", go=False)


def test_urls(w):
    """URLs and revisions that are options of some program, or lead elsewhere"""
    path = "code.example.com/urls"
    module(w, path, "urls")
    c = Clients(w, "urls")
    marker = w.top / "started"
    for n, url in enumerate((f"ssh://-oProxyCommand=touch\t{marker}/x", f"ssh://me@-oProxyCommand=touch${{IFS}}{marker}/x", f"ext::sh -c touch%20{marker}",
                             f"file://{w.top}/git/urls.git", "http://git.example.com/urls.git", "git://git.example.com/urls.git", "--upload-pack=x",
                             str(w.top / "git/pol.git"), "git.example.com:urls.git")):
        w.page(f"code.example.com/url{n}", f"code.example.com/url{n} git {url.split()[0]}")
        # go would use http and git://
        refused(c, f"code.example.com/url{n}", "v1.0.0", 1 if url.startswith(("http:", "git:")) else 3, go=not url.startswith(("http:", "git:")))
    for revision in ("--upload-pack=touch", "-x", "HEAD^", "main~1", "refs/heads/main", ":/x", "v1.0.0^{tree}"):
        done = c.modferry("pack", f"{path}@{revision}", "--level", "all", "-q", "-o", "out")
        assert done.returncode in (2, 3) and ("unknown revision" in done.stderr or "invalid" in done.stderr), done.stderr
    assert not marker.exists()


def test_offline(w):
    """core: a second run needs no network; without git there is a message"""
    path = "code.example.com/off"
    module(w, path, "off")
    c = Clients(w, "offline")
    assert same(c, path, "v1") == "v1.1.0"
    newest = same(c, path, "main")
    for query in ("v1.1.0", "v1", "latest", newest, newest.split("-")[-1]):
        assert c.our_download(path, query, "--offline")[0], query
    done = c.modferry("pack", f"{path}@v0.9.0", "--offline", "-q", "-o", "out")
    assert done.returncode == 3 and "the network is off" in done.stderr
    alone = Clients(w, "nogit")
    (alone.top / "bin").mkdir()
    alone.settings["PATH"] = str(alone.top / "bin")
    refused(alone, path, "v1.0.0", 5, go=False, row="repository: no git")




def test_ca(w):
    """--ca counts for git as well"""
    path = "code.example.com/ca"
    module(w, path, "ca")
    c = Clients(w, "ca", SSL_CERT_FILE="")
    done = c.modferry("pack", f"{path}@v1.0.0", "--level", "all", "-q", "-o", "out", "--retries", "0")
    assert done.returncode == 3 and "certificate" in done.stderr, done.stderr
    assert c.our_download(path, "v1.0.0", "--ca", str(w.ca))[0]
    assert not list((c.top / "cache").rglob(".modferry-*"))


def test_insecure(w):
    """http where GOINSECURE matches, and nowhere else"""
    path = "plain.example.com/open"
    module(w, path, "open", url="http://plain.example.com/open.git")
    refused(Clients(w, "insecure-no"), path, "v1.0.0", 3, "plain.example.com")
    # the certificate of the other hosts does not cover this one
    same(Clients(w, "insecure-yes", GOINSECURE="plain.example.com"), path, "latest")
    w.page("code.example.com/open", "code.example.com/open git http://plain.example.com/open2.git")
    module(w, "code.example.com/open", "open2", "code.example.com/open git http://plain.example.com/open2.git")
    refused(Clients(w, "insecure-url"), "code.example.com/open", "v1.0.0", 1, "GOINSECURE=code.example.com/open", go=False,
            row="repository: by http, without GOINSECURE")
    same(Clients(w, "insecure-too", GOINSECURE="code.example.com"), "code.example.com/open", "v1.0.0")
    w.page("code.example.com/openproxy", "code.example.com/openproxy mod http://proxy.example.com/tree")
    refused(Clients(w, "insecure-proxy"), "code.example.com/openproxy", "v1.0.0", 1, "is not secure")


def test_ssh_and_file(w):
    """ssh by a program in its place; file and ssh by insteadOf of the user's git"""
    path = "code.example.com/shell"
    module(w, path, "shell", url="ssh://git@git.example.com/shell.git")
    ssh = w.top / "fakessh"
    ssh.write_text(f'#!/bin/sh\necho "$@" >>{w.top}/ssh.log\nfor last; do :; done\nnew=$(echo "$last" | sed "s,\'/,\'{w.top}/git/,")\neval "exec $new"\n')
    ssh.chmod(0o755)
    c = Clients(w, "ssh", GIT_SSH=str(ssh), GIT_SSH_VARIANT="ssh")
    same(c, path, "v1.0.0")
    same(c, path, "main")
    assert "git@git.example.com git-upload-pack" in (w.top / "ssh.log").read_text()
    config = w.top / "gitconfig"
    config.write_text(f'[url "file://{w.top}/git/"]\n\tinsteadOf = https://elsewhere.example.com/\n[safe]\n\tdirectory = *\n')
    path = "code.example.com/byfile"
    module(w, path, "byfile", url="https://elsewhere.example.com/byfile.git")
    same(Clients(w, "file", GIT_CONFIG_GLOBAL=str(config)), path, "main")


def test_git_settings(w):
    """What the user's git is set up for does not get into a zip, nor run"""
    path = "code.example.com/lfs"
    r = w.repo("lfs")
    r.commit({"go.mod": mod(path), "x.go": "package lfs\n", "a.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
              ".gitattributes": "*.bin filter=lfs\n*.x filter=other\n", "b.x": "b\n"}, "v1.0.0")
    r.publish()
    w.page(path, f"{path} git {G}lfs.git")
    same(Clients(w, "lfs-plain"), path, "v1.0.0")
    marker, templates, config = w.top / "ran", w.top / "templates", w.top / "lfsconfig"
    (templates / "hooks").mkdir(parents=True)
    (templates / "info").mkdir()
    (templates / "info/attributes").write_text("x.go export-ignore\n")
    hook = templates / "hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    config.write_text(f'[filter "lfs"]\n\tsmudge = touch {marker}; cat\n\trequired = true\n[filter "other"]\n\tsmudge = touch {marker}; cat\n'
                      f"[init]\n\ttemplateDir = {templates}\n[core]\n\thooksPath = {templates}/hooks\n\tautocrlf = true\n\tattributesFile = {templates}/info/attributes\n[remote \"origin\"]\n\tfetch = +refs/pull/*:refs/heads/*\n[fetch]\n\trecurseSubmodules = true\n")
    odd = {"GIT_DIR": str(w.top / "nowhere"), "GIT_WORK_TREE": "/", "GIT_NAMESPACE": "x", "GIT_OBJECT_DIRECTORY": str(w.top / "objects"),
           "GIT_LITERAL_PATHSPECS": "0", "GIT_ICASE_PATHSPECS": "1"}
    c = Clients(w, "lfs", GIT_CONFIG_GLOBAL=str(config), **odd)
    got, done = c.our_download(path, "v1.0.0")
    assert got, done.stderr
    assert c.ours(path, "v1.0.0", ".zip") == (w.top / "clients/lfs-plain/cache/modferry/download" / path / "@v/v1.0.0.zip").read_bytes()
    assert not marker.exists()


def test_checksums(w):
    """The checksum database is asked for public modules from repositories, and not for private ones"""
    module(w, "code.example.com/pub", "pub")
    module(w, "code.example.com/secretive", "secretive", more="require code.example.com/pub v1.0.0\n")
    seed = Clients(w, "checksums-seed")
    seed.go_download("code.example.com/pub", "v1.0.0")
    testdb.serve_tree(seed.top / "gomodcache/cache/download", 300, into=w.top / "proxy/sumdb" / testdb.NAME)
    key = testdb.Signer().key
    settings = {"GOSUMDB": f"{key} https://proxy.example.com/sumdb/{testdb.NAME}", "GONOSUMDB": "", "GOPRIVATE": "code.example.com/secretive"}
    c = Clients(w, "checksums", **settings)
    (w.top / "access.log").write_text("")
    got, done = c.our_download("code.example.com/secretive", "v1.0.0")
    assert got, done.stderr
    log = (w.top / "access.log").read_text()
    assert "/lookup/code.example.com/pub@v1.0.0" in log and "lookup/code.example.com/secretive" not in log, log
    c.modferry("list", "out", "--allow-unsigned", "--manifest", "manifest.json", check=True)
    manifest = json.loads((c.top / "manifest.json").read_text())
    why = {m["path"]: p.get("not_covered") for m, p in zip(manifest["content"]["modules"], manifest["provenance"]["modules"])}
    assert why == {"code.example.com/pub": None, "code.example.com/secretive": "GOPRIVATE matches it"}, why
    # a repository whose tag has moved since
    moved = w.repo("pub2")
    moved.commit({"go.mod": mod("code.example.com/pub"), "x.go": "package other\n"}, "v1.0.0")
    moved.publish()
    w.page("code.example.com/pub", f"code.example.com/pub git {G}pub2.git")
    late = Clients(w, "checksums-moved", **settings)
    refused(late, "code.example.com/pub", "v1.0.0", 1, "checksum mismatch")


def test_project(w):
    """A project with private dependencies travels, and builds from the bundle"""
    module(w, "code.example.com/lib", "lib")
    module(w, "code.example.com/app/internalthing", "thing", more="require code.example.com/lib v1.0.0\n")
    c = Clients(w, "project", GOPRIVATE="code.example.com", GOPROXY="https://proxy.example.com/none")
    p = c.top / "p"
    p.mkdir()
    (p / "main.go").write_text('package main\n\nimport (\n\t_ "code.example.com/app/internalthing"\n\t_ "code.example.com/lib"\n)\n\nfunc main() {}\n')
    (p / "go.mod").write_text("module example.com/p\n\ngo 1.21\n")
    env = {**lab.go_environment(GOMODCACHE=c.top / "gomodcache", GOFLAGS="-modcacherw"), **c.settings, "GIT_SSL_CAINFO": str(w.ca)}
    lab.run(["go", "mod", "tidy"], cwd=p, env=env)
    c.modferry("pack", "p", "-o", "bundle", "-q", check=True)
    c.modferry("unpack", "bundle", "--allow-unsigned", "--proxy", "tree", "-q", check=True)
    printed = dict(line.split("=", 1) for line in c.modferry("env", "tree", "--format", "goenv", check=True).stdout.splitlines() if line[:1].isupper())
    far = {**lab.go_environment(GOMODCACHE=c.top / "far", GOFLAGS="-modcacherw"), "HOME": str(w.home), **printed}
    for args in (["build", "./..."], ["mod", "tidy"], ["mod", "verify"], ["list", "-m", "all"]):
        lab.run([*lab.isolation(), "go", *args], cwd=p, env=far)


def test_rivals(w):
    """Several runs share a clone"""
    path = "code.example.com/rival"
    module(w, path, "rival")
    c = Clients(w, "rivals")
    queries = ["v1.0.0", "v1.1.0", "main", "latest", "v1"]
    done = [None] * len(queries)

    def pack(n):
        done[n] = c.modferry("pack", f"{path}@{queries[n]}", "--level", "all", "-q", "-o", f"out{n}")
    threads = [threading.Thread(target=pack, args=(n,)) for n in range(len(queries))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for d in done:
        assert d.returncode == 0, d.stderr


def test_kills(w):
    """A run that is killed leaves a clone with which the next one works"""
    path = "code.example.com/killed"
    r = w.repo("killed")
    r.commit({"go.mod": mod(path), **{f"f{n}": os.urandom(20000) for n in range(60)}}, "v1.0.0")
    for n in range(5):
        r.commit({f"g{n}": os.urandom(20000)}, f"v1.{n}.1")
    r.publish()
    w.page(path, f"{path} git {G}killed.git")
    c = Clients(w, "kills")
    env = {"PATH": os.environ["PATH"], "GOENV": "off", "XDG_CACHE_HOME": str(c.top / "cache"), **c.settings}
    for n in range(12):
        p = subprocess.Popen([lab.BIN / "modferry", "pack", f"{path}@{('main', 'v1.0.0', 'latest')[n % 3]}", "--level", "all", "-q", "-o", "out"], cwd=c.top, env=env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 + n * 0.07)
        p.send_signal(signal.SIGKILL if n % 2 else signal.SIGTERM)
        p.wait()
    same(c, path, "main")
    clone = next(d for d in (c.top / "cache/modferry/vcs").iterdir() if d.is_dir())
    # a clone that was not made to its end
    broken = Clients(w, "kills-init", PATH=f"{w.top}/nobin:{os.environ['PATH']}")
    (w.top / "nobin").mkdir()
    (w.top / "nobin/git").write_text("#!/bin/sh\ncase \"$*\" in *' remote add '*) exit 1 ;; esac\nexec /usr/bin/git \"$@\"\n")
    (w.top / "nobin/git").chmod(0o755)
    assert not broken.our_download(path, "v1.0.0")[0]
    (w.top / "nobin/git").unlink()
    same(broken, path, "v1.0.0")
    # as if git had been killed with it
    (clone / "shallow.lock").write_text("")
    (clone / "packed-refs.lock").write_text("")
    Path(f"{clone}.busy").write_text("")
    got, done = c.our_download(path, "v1.3.1")
    assert got, done.stderr
    assert not list((c.top / "cache").rglob("*.lock")) or all(x.name.endswith(".lock") and len(x.name) > 60 for x in (c.top / "cache").rglob("*.lock"))
    assert not list((c.top / "cache").rglob(".modferry-*")), list((c.top / "cache").rglob(".modferry-*"))


def main(kind):
    tests = [(name, f) for name, f in globals().items() if name.startswith("test_") and (kind == "all" or f.__doc__.startswith("core:"))]
    only = sys.argv[2:]
    failed = []
    with tempfile.TemporaryDirectory(prefix="modferry-direct-") as top:
        w = World(top)
        with w.serve():
            for name, f in tests:
                if only and name not in only:
                    continue
                began = time.monotonic()
                try:
                    f(w)
                except AssertionError as e:
                    failed.append(name)
                    print(f"FAIL {name}: {e}")
                print(f"{time.monotonic() - began:6.1f} s  {name}: {f.__doc__}", flush=True)
    assert not failed, failed


if __name__ == "__main__":
    directlab.enter()
    main(sys.argv[1])

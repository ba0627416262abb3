"""What the table of modes does not show: remedies that cure, mirrors in order, interruptions, secrets, text."""
import json, os, shlex, shutil, signal, subprocess, time

import world
from world import MODULE, VERSION, lab, testdb

AT = f"{MODULE}@{VERSION}"


class Patient:
    """A user whose settings are in the file of `go env -w`."""

    def __init__(self, w, name, **settings):
        self.w, self.home = w, w.scratch / f"home-{name}"
        self.home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GOENV": str(self.home / "goenv"), "GOSUMDB": "off",
                    "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "XDG_CACHE_HOME": str(self.home / "cache")}
        self.env.update({k: str(v) for k, v in settings.items() if k != "GOPROXY"})
        (self.home / "goenv").write_text(f"GOPROXY={settings['GOPROXY']}\n" if "GOPROXY" in settings else "")

    def doctor(self, *args):
        command = [str(lab.BIN / "modferry"), "doctor", *args, "--json", "--timeout", "20"]
        done = subprocess.run(command, env=self.env, cwd=self.w.empty, capture_output=True, text=True, timeout=120)
        found = [f for s in json.loads(done.stdout)["subjects"] for f in s["steps"] if f["level"] != "ok"]
        return done, {f["verdict"]: f for f in found}

    def follow(self, remedy):
        """Types it, with user and password where it asks for them, in a shell whose exports stay."""
        remedy = remedy.replace("USER", "user").replace("PASSWORD", "secret")
        done = subprocess.run(["sh", "-ec", remedy + "\nenv -0"], env=self.env, cwd=self.w.empty, capture_output=True, text=True)
        assert done.returncode == 0, f"{remedy}: {done.stderr}"
        lines = dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)
        self.env.update({k: v for k, v in lines.items() if k.isupper() and k not in ("PWD", "OLDPWD", "SHLVL", "_")})
        return remedy


def test_remedies(w):
    """What stands behind `next:` cures: the verdict is gone, and in most cases all is well."""
    dead, good, m = f"http://web.test:{w.closed}", w.modules.url("good"), w.modules.url
    root = {"SSL_CERT_FILE": w.roots.cert}
    cases = [("connection-refused", 0, {"GOPROXY": f"{dead},{good}"}), ("stops", 3, {"GOPROXY": f"{dead},{good}"}),
             ("plain-http-port", 0, {"GOPROXY": f"https://web.test:{w.nginx.ports['plain']}"}),
             ("tls-port", 0, {"GOPROXY": f"http://web.test:{w.nginx.ports['good']},direct", **root}),
             ("server-error", 0, {"GOPROXY": f"{w.https('503')}|{good}", **root}), ("web-page", 0, {"GOPROXY": f"{m('page')},{good}"}),
             ("auth-wanted", 0, {"GOPROXY": w.https("closed"), **root}),
             ("proxy-auth", 0, {"GOPROXY": w.https("good", "m.invalid"), "HTTPS_PROXY": f"http://127.0.0.1:{w.forward['http password']}", **root}),
             ("proxy-auth", 0, {"GOPROXY": w.https("good", "m.invalid"), "HTTPS_PROXY": f"socks5h://127.0.0.1:{w.forward['socks password']}", **root}),
             ("proxy-off", 3, {"GOPROXY": "off"}), ("bad-setting", 3, {"GOPROXY": "ftp://web.test"})]
    for i, (verdict, status, settings) in enumerate(cases):
        patient = Patient(w, f"remedy{i}", **settings)
        _, found = patient.doctor(AT)
        assert verdict in found, f"{verdict} is not in {found}"
        typed = patient.follow(found[verdict]["next"])
        assert verdict != "proxy-auth" or "=" + settings["HTTPS_PROXY"].split(":")[0] + "://" in typed, typed
        done, found = patient.doctor(AT)
        assert verdict not in found and done.returncode == status, f"{verdict}: {typed}: exit {done.returncode}, {found}"
        print(f"  {verdict}: {typed}")


def test_mirrors(w):
    """The order, and that it comes of requests in turns."""
    m = w.modules.url
    patient = Patient(w, "mirrors", GOPROXY="https://elsewhere.test,direct")
    for given, expected in (("slow-mirror good", "good slow-mirror"), ("good slow-mirror", "good slow-mirror"), ("stale slow-mirror", "slow-mirror stale")):
        urls = [m(fault) for fault in given.split()]
        w.modules.asked.clear()
        done, found = patient.doctor("--mirrors", ",".join(urls), MODULE)
        assert done.returncode == 0, done.stdout + done.stderr
        last = json.loads(done.stdout)["subjects"][-1]["steps"][0]
        order = [m(fault) for fault in expected.split()]
        assert last["details"]["order"] == order, (given, last)
        assert last["next"] == f"go env -w GOPROXY='{'|'.join(order)},direct'", last
        zips = [fault for fault, path in w.modules.asked if path.endswith(".zip")]
        a, b = given.split()
        assert zips == [a, b, a, b, b, a, a, b], f"not in turns: {zips}"
    patient.follow(last["next"])
    assert patient.follow("test \"$(go env GOPROXY)\" = " + shlex.quote("|".join(order) + ",direct"))
    print("  mirrors: ranked, measured in turns, and the command sets them")


def test_interruption(w):
    """Ctrl-C is seen at once, wherever the doctor waits."""
    urls = {"a name": "https://silent.test", "a connection": f"https://{world.DROPPED}", "a handshake": f"https://web.test:{w.mute}",
            "an answer": w.modules.url("mute")}
    for what, url in urls.items():
        if url.endswith(world.DROPPED) and not w.firewall:
            continue
        patient = Patient(w, what.replace(" ", "-"))
        child = subprocess.Popen([str(lab.BIN / "modferry"), "doctor", url, AT, "--timeout", "60"], env=patient.env, cwd=w.empty,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(2)
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
        took = time.monotonic() - begun
        assert child.returncode == 130 and "interrupted" in err, (what, child.returncode, err)
        assert took < 5, f"{what}: the interruption took {took:.1f} s"
        print(f"  interrupted while it waits for {what}: {took:.1f} s")


def test_forked_database(w):
    """A checksum database that contradicts the head that this user has seen is found out, though nothing of it was kept."""
    key, other = testdb.Signer().key, w.scratch / "forked"
    testdb.Database(other, filler=2).publish()
    patient = Patient(w, "forked", GOPROXY=w.modules.url("good"))
    patient.env["GOSUMDB"] = key
    heads = patient.home / "cache/modferry/sumdb" / testdb.NAME
    heads.mkdir(parents=True)
    shutil.copy(other / "latest", heads / "latest")
    done, found = patient.doctor(AT)
    assert done.returncode == 1 and "contradicts itself" in found["sumdb-lies"]["cause"], (done.returncode, found)
    assert not list(w.scratch.glob(".modferry-*")), "a temporary stays"
    left = sorted(p.name for p in (patient.home / "cache").rglob("*") if p.is_file())
    assert left == ["latest"], f"something was kept: {left}"
    print("  a forked checksum database: found out, and nothing was kept")


def all_of(w):
    tests = [test_interruption, test_forked_database]
    if shutil.which("go"):
        tests += [test_remedies, test_mirrors]
    else:
        print("skipped: remedies and mirrors: the go command is not installed")
    for test in tests:
        test(w)

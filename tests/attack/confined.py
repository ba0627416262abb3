#!/usr/bin/env python3
"""What the offline half asks the kernel for, as strace sees it.

    confined.py CLIBUNDLE        (MODFERRY_BIN names the folder of the programs)

Every command that reads a bundle or a tree, in both programs: makes no call of
the network, starts nothing, and has entered its sandbox before the first byte
that nobody vouched for. Behind the filter, no call that it makes is refused but
clone3: the list of allowed calls is complete for this C library.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
NETWORK = {"socket", "socketpair", "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername",
           "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "setsockopt", "getsockopt", "shutdown"}
PROGRAMS = {"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev"}
CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


class Trace:
    """The calls of one run, in order, as (name, rest of the line)."""

    def __init__(self, text):
        # a call that another thread interrupted is split in two; its first half has the arguments
        found = (CALL.match(line) for line in text.splitlines())
        self.calls = [(m.group(1), m.group(2)) for m in found if m]

    def first(self, what, since=0):
        """Number of the first call that `what` accepts."""
        for number, (name, rest) in enumerate(self.calls[since:], since):
            if what(name, rest):
                return number
        return None


def result(rest):
    match = re.search(r"\) += (-?\d+)", rest)
    return int(match.group(1)) if match else None


def untrusted(trace, source):
    """Number of the first call that reads from the bundle or looks into the tree."""
    def opens(name, rest):
        if source == "-":
            return name == "fcntl" and rest.startswith("0, F_DUPFD_CLOEXEC")
        return name == "openat" and rest.startswith(f'AT_FDCWD, "{source}", O_RDONLY') and (result(rest) or -1) >= 0
    opened = trace.first(opens)
    assert opened is not None, f"{source} was not opened"
    handle = result(trace.calls[opened][1])
    reads = ("read", "pread64", "readv", "preadv", "mmap", "openat", "openat2", "newfstatat", "getdents64")
    return trace.first(lambda name, rest: name in reads and re.match(rf"{handle}\b", rest) and '"", ' not in rest,
                       opened + 1)


def judge(what, trace, source, offered):
    names = {name for name, _ in trace.calls}
    assert not names & NETWORK, f"{what}: {names & NETWORK}"
    # its own start is the one program
    assert [name for name, _ in trace.calls if name in PROGRAMS] == ["execve"], what
    for name, rest in trace.calls:
        assert name != "clone" or "CLONE_THREAD" in rest, f"{what}: {rest}"
    marks = [trace.first(lambda name, rest: name == "prctl" and rest.startswith("PR_SET_NO_NEW_PRIVS, 1"))]
    if "landlock ABI" in offered:
        marks.append(trace.first(lambda name, rest: name == "landlock_restrict_self" and result(rest) == 0))
    if re.search(r"\bseccomp$", offered) and "no seccomp" not in offered:
        marks.append(trace.first(lambda name, rest: name == "seccomp" and "SECCOMP_SET_MODE_FILTER" in rest
                                 and result(rest) == 0))
        # PR_GET_NO_NEW_PRIVS is the question of cmd/leakcheck.c
        refused = {name for name, rest in trace.calls[(marks[-1] or 0) + 1:]
                   if "ENOSYS" in rest and "PR_GET_NO_NEW_PRIVS" not in rest}
        assert refused <= {"clone3"}, f"{what}: {refused}"
    assert None not in marks, f"{what}: did not enter: {marks}"
    first = untrusted(trace, source)
    assert first is not None, f"{what}: {source} was not read"
    assert max(marks) < first, f"{what}: reads at call {first}, enters at {marks}"


def prepare(work, offline, clibundle):
    """Keys, bundles and trees; the trees are filled by the program under test."""
    def run(*words):
        subprocess.run([str(w) for w in words], cwd=work, check=True, stdout=subprocess.DEVNULL)
    run(offline, "keygen", "--secret", "a.key", "--public", "a.pub", "--no-password")
    run(clibundle, "a.tar.zst")
    run(clibundle, "z.tar.zst", "--zips")
    for name in ("a.tar.zst", "z.tar.zst"):
        run(offline, "sign", name, "--key", "a.key")
    run(offline, "unpack", "a.tar.zst", "--proxy", "proxy", "--pubkey", "a.pub")
    run(offline, "unpack", "a.tar.zst", "--modcache", "modcache", "--pubkey", "a.pub")
    run(offline, "trust", "init", "a.trust", "--signer", "a=a.pub")
    run(offline, "trust", "sign", "a.trust", "--key", "a.key")
    shutil.copy(work / "a.trust", work / "newer.trust")
    run(offline, "trust", "set", "newer.trust", "--channel", "x", "--signers", "a")
    run(offline, "trust", "sign", "newer.trust", "--key", "a.key")


# Arguments and the input among them.
TRUST = ("--pubkey", "a.pub")
COMMANDS = [
    (("verify", "a.tar.zst", *TRUST), "a.tar.zst"),
    (("verify", "z.tar.zst", *TRUST, "--jobs", "1"), "z.tar.zst"),
    (("verify", "-", *TRUST), "-"),
    (("unpack", "a.tar.zst", "--proxy", "new/p", *TRUST), "a.tar.zst"),
    (("unpack", "z.tar.zst", "--proxy", "new/z", *TRUST), "z.tar.zst"),
    (("unpack", "a.tar.zst", "--modcache", "new/m", *TRUST), "a.tar.zst"),
    (("unpack", "a.tar.zst", "--proxy", "proxy", *TRUST), "a.tar.zst"),
    (("unpack", "-", "--modcache", "modcache", *TRUST), "-"),
    (("verify", "a.tar.zst", "--trust", "a.trust", "--state", "new/s1"), "a.tar.zst"),
    (("unpack", "a.tar.zst", "--proxy", "new/t", "--trust", "a.trust", "--state", "new/s2"), "a.tar.zst"),
    (("trust", "update", "a.trust", "newer.trust", "--state", "new/s3"), "newer.trust"),
    (("list", "a.tar.zst", *TRUST), "a.tar.zst"),
    (("list", "a.tar.zst", *TRUST, "--manifest", "new/manifest.json"), "a.tar.zst"),
    (("cat", "a.tar.zst", "example.com/alpha@v1.2.0", *TRUST), "a.tar.zst"),
    (("cat", "z.tar.zst", "example.com/alpha@v1.2.0/LICENSE", *TRUST), "z.tar.zst"),
    (("unpack", "a.tar.zst", "--proxy", "new/o", "--only", "example.com/alpha", *TRUST), "a.tar.zst"),
    (("diff", "a.tar.zst", "z.tar.zst", *TRUST), "a.tar.zst"),
    (("diff", "z.tar.zst", "a.tar.zst", *TRUST), "a.tar.zst"),
    (("check", "proxy"), "proxy"),
    (("check", "modcache"), "modcache"),
    (("env", "proxy"), "proxy"),
    (("env", "modcache"), "modcache"),
    (("sign", "a.tar.zst", "--key", "a.key"), "a.tar.zst"),
    (("sign", "a.tar.zst", "--key", "a.key", "-o", "new/signed.tar.zst"), "a.tar.zst"),
]


def traced(program, words, work):
    log = work / "trace"
    with open(work / "a.tar.zst", "rb") as bundle:
        done = subprocess.run(["strace", "-f", "-s", "64", "-o", str(log), str(program), *words], cwd=work,
                              stdin=bundle, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == 0, f"{words}: {done.returncode}: {done.stdout.decode(errors='replace')}"
    return Trace(log.read_text(errors="replace"))


def can_trace():
    if not shutil.which("strace"):
        return "strace is not installed"
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "strace may not trace here: " + probe.stderr.decode().strip()


def main(clibundle):
    reason = can_trace()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    folder = pathlib.Path(os.environ["MODFERRY_BIN"]).resolve()
    programs = [p for p in (folder / "modferry-offline", folder / "modferry") if p.exists()]
    version = subprocess.run([programs[0], "--version"], capture_output=True, check=True, text=True).stdout
    offered = re.search(r"^sandbox: (.*)$", version, re.MULTILINE).group(1)
    with tempfile.TemporaryDirectory(prefix="modferry-confined-") as top:
        work = pathlib.Path(top)
        prepare(work, programs[0], pathlib.Path(clibundle).resolve())
        for program in programs:
            (work / "new").mkdir()
            for words, source in COMMANDS:
                judge(f"{program.name} {' '.join(words)}", traced(program, words, work), source, offered)
            subprocess.run(["chmod", "-R", "u+w", work / "new"], check=True)
            shutil.rmtree(work / "new")
        subprocess.run(["chmod", "-R", "u+w", work], check=True)
    print(f"{len(programs)} programs, {len(COMMANDS)} command lines each: no network, no program; sandbox: {offered}")
    if offered.startswith("none") or "no " in offered:
        print("skipped in part: the kernel does not offer all of the sandbox")
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

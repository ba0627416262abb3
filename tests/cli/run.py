#!/usr/bin/env python3
"""Runs transcripts of the command line and compares what happens.

    run.py [--update] FILE.t...

A transcript is a list of commands with what they print (standard output and
standard error together) and their exit status where it is not 0:

    # a comment
    $ modferry-offline verify none
    modferry: verify: open none: No such file or directory
      next: <ANY>
    ? 5

A comment stands at the top or behind a blank line. A line that begins with
"> " continues the command. In expected lines <HEX>
stands for hex digits, <N> for a decimal number, <ANY> for the rest or a part of
a line, <KEY> for base64; a line <LINES> for any number of lines. <DIR> is the
directory of the run.

A line "% when COMMAND" at the top skips the file (status 77) unless the shell
command succeeds; "% only PROGRAM" unless that program was built.

Every file runs in a fresh directory with an empty HOME; GOPROXY is the folder
proxy in it, GOSUMDB the database of tests/sumdb/testdb.py, which mkproxy puts
there. The commands find modferry-offline, modferry, mkbundle, mkproxy,
promiser, served, flip, interrupt and terminal in PATH. MODFERRY_OFFLINE, MODFERRY,
CLIBUNDLE and REPO are paths of the programs and of the source tree, taken from
the environment. --update writes what happened into the files; lines that match
are kept as they are.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "sumdb"))
import testdb  # noqa: E402

SKIPPED = 77
SECONDS = 120
PATTERNS = {"<HEX>": "[0-9a-fA-F]+", "<N>": "[0-9]+", "<ANY>": ".*", "<KEY>": "[0-9A-Za-z+/=]+"}
# What differs from run to run or with the version of zstd: --update writes the
# pattern instead.
VARIES = [
    (r"\b[0-9A-F]{16}\b", "<HEX>"),  # key ids
    (r"\bRW[0-9A-Za-z+/]{54}", "<KEY>"),  # public keys
    (r"(signatures/)[0-9a-f]{16}\b", r"\1<HEX>"),
    (r"(sha256 {5}|\"manifest_sha256\": \")[0-9a-f]{64}", r"\1<HEX>"),
    (r"(\"bytes(?:_total)?\":|\"seconds\":)[0-9.]+", r"\1<ANY>"),
    (r"(\"milliseconds\": )[0-9]+", r"\1<N>"),
    (r"(\"go\": \")go1[^\"]*", r"\1<ANY>"),
    (r"(?m)^(zstd|libcurl|modferry|modferry-offline) [0-9][0-9.]*$", r"\1 <ANY>"),
    (r"(?m)^(sandbox: ).*", r"\1<ANY>"),
    (r"(ends at byte )[0-9]+", r"\1<N>"),
    (r"(?m)^(size    ).*", r"\1<ANY>"),
    (r"(?m)( zips, ).*", r"\1<ANY>"),
    (r"(?m)^(\S+@\S+  )[0-9.]+ \w+$", r"\1<ANY>"),
    (r"(\"(?:bundle|zip)_size\": )[0-9]+", r"\1<N>"),
    (r"[^ ]*/\.modferry-[0-9a-f]+\.tmp/", "<ANY>/"),
    (r"(?m)(  )[0-9]+\.[0-9] s$", r"\1<N>.<N> s"),
    (r"\bgo1\.[0-9]+(?:\.[0-9]+|rc[0-9]+)? linux/\w+", "<ANY>"),
    (r"(127\.0\.0\.1(?::| port ))[0-9]+", r"\1<N>"),
    (r"(\()[0-9]+( ms\))", r"\1<N>\2"),
]
FLIP = """#!/bin/sh
# flip FILE OFFSET: changes one bit of the byte there; negative: from the end
exec python3 -c '
import sys
with open(sys.argv[1], "r+b") as f:
    at = int(sys.argv[2])
    f.seek(at, 2 if at < 0 else 0)
    byte = f.read(1)
    f.seek(-1, 1)
    f.write(bytes([byte[0] ^ 1]))
' "$@"
"""
TERMINAL = """#!/usr/bin/env python3
# terminal TEXT PROGRAM...: runs it on a terminal of its own and types TEXT, a
# line at each prompt (which ends in a colon); ^C as its own line is that key.
# Prints what the terminal showed, with \\r as <CR>.
import os, pty, select, sys, time
lines = sys.argv[1].split(",")
child, master = pty.fork()
if child == 0:
    os.environ["TERM"] = "vt100"
    os.execvp(sys.argv[2], sys.argv[2:])
shown, seen = b"", 0
while True:
    try:
        piece = os.read(master, 4096)
    except OSError:
        piece = b""
    if not piece:
        break
    shown += piece
    if shown[seen:].endswith(b": ") and lines:
        seen, line = len(shown), lines.pop(0)
        time.sleep(0.1)
        os.write(master, b"\\x03" if line == "^C" else line.encode() + b"\\n")
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
text = shown.decode().replace("\\r\\n", "\\n").replace("\\r", "<CR>").replace("\\x1b", "<ESC>")
sys.stdout.write(text)
sys.stdout.flush()
sys.exit(status if status >= 0 else 128 - status)
"""
INTERRUPT = """#!/usr/bin/env python3
# interrupt SIGNAL[,SIGNAL] FILE PROGRAM...: feeds FILE to the program slowly,
# sends the signals half-way (and stops feeding where there are two, or where
# FILE is /dev/null, which feeds nothing), and exits as the program does; a
# program that a signal killed counts as 128 + number.
import signal, subprocess, sys, time
signals = [getattr(signal, "SIG" + name) for name in sys.argv[1].split(",")]
data = open(sys.argv[2], "rb").read()
child = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE)
sent = 0
if not data:
    time.sleep(0.5)
    child.send_signal(signals[0])
    sent = 2
try:
    for at in range(0, len(data), 65536):
        child.stdin.write(data[at:at + 65536])
        if at >= len(data) // 2 and sent < len(signals):
            time.sleep(0.3)
            for number in signals:
                child.send_signal(number)
                time.sleep(0.3)
            sent = len(signals)
            if sent > 1:
                break
    if sent == 1:
        child.stdin.close()
except BrokenPipeError:
    pass
status = child.wait(60)
sys.exit(status if status >= 0 else 128 - status)
"""
SERVED = """#!/bin/sh
# served WORD PROGRAM...: runs it with the misbehaving proxy /p/WORD of
# tests/net/badserver.py as GOPROXY.
word=$1; shift
port=$(mktemp); rm "$port"
python3 "$REPO/tests/net/badserver.py" "$port" & server=$!
while [ ! -s "$port" ]; do sleep 0.05; done
GOPROXY=http://127.0.0.1:$(cat "$port")/p/$word "$@"; status=$?
kill $server; wait $server 2>/dev/null; rm "$port"
exit $status
"""
PROMISER = """#!/bin/sh
exec python3 "$REPO/tests/reader/promiser.py" "$@"
"""
MKPROXY = """#!/bin/sh
exec python3 "$REPO/tests/cli/mkproxy.py" "$@"
"""


class Step:
    """One command, the lines of the file before it, and what is expected."""

    def __init__(self, before):
        self.before, self.command, self.expected, self.status = before, [], [], 0


def parse(path):
    """Returns the directives, the steps and the lines after the last step."""
    directives, steps, pending = [], [], []

    def close_last():
        """Blank lines behind an output belong to the file, not to the output."""
        blank = []
        while steps and steps[-1].expected and steps[-1].expected[-1] == "":
            blank.append(steps[-1].expected.pop())
        return blank

    with open(path, encoding="utf-8") as f:
        for line in f.read().split("\n")[:-1]:
            if line.startswith("% "):
                directives.append(line[2:])
                pending.append(line)
            elif line.startswith("$ "):
                steps.append(Step(close_last() + pending))
                steps[-1].command.append(line[2:])
                pending = []
            elif steps and not pending and line.startswith("> ") and not steps[-1].expected:
                steps[-1].command.append(line[2:])
            elif steps and not pending and re.fullmatch(r"\? \d+", line):
                steps[-1].status = int(line[2:])
            elif line.startswith("#") and (pending or not steps or steps[-1].expected[-1:] == [""]):
                pending = close_last() + pending + [line]
            elif not line and (not steps or pending):
                pending.append(line)
            elif steps and not pending:
                steps[-1].expected.append(line)
            else:
                raise SystemExit(f"{path}: no command before: {line}")
    return directives, steps, close_last() + pending


def pattern(line):
    if line == "<LINES>":
        return r"(?:.*\n)*"
    parts = re.split("(" + "|".join(PATTERNS) + ")", line)
    return "".join(PATTERNS.get(p) or re.escape(p) for p in parts) + "\n"


def matches(expected, output):
    return re.fullmatch("".join(pattern(line) for line in expected), output) is not None or not (expected or output)


def generalised(output):
    for pattern_text, replacement in VARIES:
        output = re.sub(pattern_text, replacement, output)
    return output.split("\n")[:-1]


def executable(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o755)


def prepare(top):
    """Fills the directory of one run; returns the environment for it."""
    for name in ("bin", "home", "work"):
        os.mkdir(os.path.join(top, name))
    programs = {"modferry-offline": "MODFERRY_OFFLINE", "modferry": "MODFERRY", "mkbundle": "CLIBUNDLE"}
    for name, variable in programs.items():
        path = os.environ.get(variable, "")
        if path and os.path.exists(path):
            os.symlink(os.path.abspath(path), os.path.join(top, "bin", name))
    scripts = {"flip": FLIP, "interrupt": INTERRUPT, "terminal": TERMINAL, "served": SERVED, "mkproxy": MKPROXY,
               "promiser": PROMISER}
    for name, text in scripts.items():
        executable(os.path.join(top, "bin", name), text)
    env = {k: v for k, v in os.environ.items() if k.startswith(("MODFERRY", "CLIBUNDLE", "REPO", "ASAN", "UBSAN", "TSAN"))}
    env.update(PATH=os.path.join(top, "bin") + ":" + os.environ.get("PATH", "/usr/bin:/bin"), LC_ALL="C", TERM="dumb",
               HOME=os.path.join(top, "home"), TMPDIR=top, SOURCE_DATE_EPOCH="1700000000", GOENV="off",
               GOPROXY="file://" + os.path.join(top, "work", "proxy"), GOSUMDB=testdb.Signer().key)
    return env


def run(command, top, env):
    work = os.path.join(top, "work")
    try:
        done = subprocess.run(["sh", "-c", "\n".join(command)], cwd=work, env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, start_new_session=True)
    except subprocess.TimeoutExpired as late:
        return (late.output or b"").decode("utf-8", "backslashreplace") + "timed out\n", -1
    output = done.stdout.decode("utf-8", "backslashreplace").replace(top + "/work", "<DIR>").rstrip("\n")
    output += "\n" if output else ""
    return output, done.returncode


def skip_reason(directives, top, env):
    for directive in directives:
        verb, _, rest = directive.partition(" ")
        if verb == "only":
            if not os.path.exists(os.path.join(top, "bin", rest)):
                return f"{rest} was not built"
        elif verb == "when":
            if run([rest], top, env)[1] != 0:
                return f"this machine does not allow: {rest}"
        else:
            raise SystemExit(f"unknown directive: {directive}")
    return None


def run_file(path, update):
    directives, steps, rest = parse(path)
    failures, lines = 0, []
    with tempfile.TemporaryDirectory(prefix="modferry-cli-", ignore_cleanup_errors=True) as top:
        top = os.path.realpath(top)
        env = prepare(top)
        reason = skip_reason(directives, top, env)
        if reason:
            print(f"{path}: skipped: {reason}")
            return SKIPPED
        for step in steps:
            output, status = run(step.command, top, env)
            good = matches(step.expected, output)
            lines += step.before + ["$ " + step.command[0]] + ["> " + more for more in step.command[1:]]
            lines += step.expected if good else generalised(output)
            lines += [f"? {status}"] if status else []
            if good and status == step.status:
                continue
            failures += 1
            if not update:
                print(f"{path}: $ " + "\n> ".join(step.command))
                print(f"--- expected, status {step.status}\n" + "\n".join(step.expected))
                print(f"--- found, status {status}\n{output}", end="")
        subprocess.run(["chmod", "-R", "u+w", top], check=False)
        shutil.rmtree(os.path.join(top, "work"), ignore_errors=True)
    if update and failures:
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines + rest) + "\n")
        print(f"{path}: {failures} steps rewritten")
        return 0
    return 1 if failures else 0


def main(arguments):
    update = "--update" in arguments
    files = [a for a in arguments if a != "--update"]
    if not files:
        raise SystemExit(__doc__)
    for variable in ("MODFERRY_OFFLINE", "CLIBUNDLE"):
        if not os.path.exists(os.environ.get(variable, "")):
            raise SystemExit(f"run.py: {variable} does not name a program; ctest sets it")
    results = [run_file(path, update) for path in files]
    if 1 in results:
        return 1
    return SKIPPED if all(r == SKIPPED for r in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

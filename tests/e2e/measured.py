"""What commands take: wall and CPU seconds, and the peak of their memory.

For a child the system counts also what its parent had when it forked. So commands are started by a process that stays small: this
file, run as a program. It has 8 MB, and no peak is said to be less.
"""
import collections, json, os, signal, sys, time

# exit status (below 0: the signal), seconds, seconds of all processes that it started, bytes of the largest of them, standard error
Taken = collections.namedtuple("Taken", "status wall cpu memory err")


class Runner:
    """Runs one command after the other; for one thread."""

    def __init__(self):
        import subprocess, tempfile  # not in the small process
        self.folder = tempfile.TemporaryDirectory()
        self.server = subprocess.Popen([sys.executable, "-S", "-E", __file__], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, args, cwd="/", env=None, out=os.devnull, seconds=0, check=True):
        """Standard output goes to the file `out`. SIGALRM comes after `seconds`; 0: never. With `check`, the command has to succeed."""
        err = os.path.join(self.folder.name, "err")
        env = {str(k): str(v) for k, v in (os.environ if env is None else env).items()}
        job = {"argv": [str(a) for a in args], "cwd": str(cwd), "env": env, "out": str(out), "err": err, "seconds": seconds}
        print(json.dumps(job), file=self.server.stdin, flush=True)
        taken = json.loads(self.server.stdout.readline())
        with open(err, "rb") as f:
            taken = Taken(*taken, f.read())
        if check and taken.status != 0:
            raise AssertionError(f"$ {' '.join(job['argv'])}\nexit {taken.status}\n{taken.err.decode(errors='replace')}")
        return taken

    def close(self):
        self.server.stdin.close()
        self.server.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def child(job):
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(job["cwd"])
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python
        signal.signal(ignored, signal.SIG_DFL)
    signal.alarm(job["seconds"])  # stays in force after exec
    os.execvpe(job["argv"][0], job["argv"], job["env"])


def serve():
    for line in sys.stdin:
        job = json.loads(line)
        begun = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                child(job)
            except OSError as why:
                os.write(2, str(why).encode())
            finally:
                os._exit(126)
        _, status, used = os.wait4(pid, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), time.monotonic() - begun, used.ru_utime + used.ru_stime,
                          used.ru_maxrss << 10]), flush=True)


if __name__ == "__main__":
    serve()

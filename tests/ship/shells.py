"""What bash, zsh and fish offer on a command line, asked of the shells themselves without a terminal in between.

Each function takes the completion file, the program's name, lines with the cursor at their end, and a directory to stand
in; it returns a list of sets, one for each line. An offer is what would stand behind the last `=` or blank; a slash at the
end of a directory is dropped.
"""
import os, pty, select, shlex, subprocess, tempfile, time
from pathlib import Path


def tidy(offers):
    return {offer.rstrip("/").removesuffix("=").split("=")[-1].replace("\\ ", " ") for offer in offers if offer}


def environment(home):
    """Nothing of the user's own; `home` is a place to write to."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def ask(command, directory):
    """Runs a script that prints offers, each on a line and maybe with a tab and a description, and `==` behind each set."""
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run(command, cwd=directory, text=True, env=environment(home), capture_output=True, check=True)
    assert not run.stderr, run.stderr[:1000]
    return [tidy(offer.split("\t")[0] for offer in part.splitlines()) for part in run.stdout.split("==\n")[:-1]]


def bash_words(line, breaks):
    """The words of a line as readline hands them to a completion function."""
    words = []
    for word in line.split(" "):
        if "=" in word and "=" in breaks:
            name, value = word.split("=", 1)
            words += [name, "="] + ([value] if value else [])
        else:
            words.append(word)
    return words


def bash(file, program, lines, directory, breaks=" \t\n\"'><=;|&(:"):
    function = "_" + program.replace("-", "_")
    script = [f"source {shlex.quote(str(file))}", f"COMP_WORDBREAKS=$' \\t\\n\"\\'><{'=' if '=' in breaks else ''};|&(:'"]
    for line in lines:
        words = bash_words(line, breaks)
        script += ["COMP_WORDS=(" + " ".join(map(shlex.quote, words)) + ")", f"COMP_CWORD={len(words) - 1}", "COMPREPLY=()",
                   function, 'printf "%s\\n" "${COMPREPLY[@]}" "=="']
    return ask(["bash", "--norc", "--noprofile", "-c", "\n".join(script)], directory)


def fish(file, program, lines, directory):
    script = [f"source {shlex.quote(str(file))}"]
    for line in lines:
        script += [f"complete -C {shlex.quote(line)}", "echo =="]
    return ask(["fish", "--no-config", "-c", "\n".join(script)], directory)


# Runs in an interactive zsh, because completion needs its line editor: one key completes line after line.
ZSH = r"""
fpath=($FUNCTIONS $fpath)
autoload -Uz compinit && compinit -u -D
unsetopt auto_menu menu_complete list_ambiguous auto_list beep
zmodload zsh/zutil
compadd() {
    local -a hits
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    builtin compadd -A hits "$@"
    print -rl -- $hits >> $OUT
    builtin compadd "$@"
}
ask() {
    local line
    for line in ${(f)"$(<$LINES_FILE)"}; do
        BUFFER=$line CURSOR=$#line
        zle complete-word
        print -r -- '==' >> $OUT
    done
    BUFFER=
    print done > $OUT.done
}
zle -N ask
bindkey '^T' ask
print -r -- ready > $OUT.ready
"""


def zsh(file, program, lines, directory):
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "functions").mkdir()
        (work / "functions" / f"_{program}").write_text(Path(file).read_text())
        (work / ".zshrc").write_text(ZSH)
        (work / "lines").write_text("".join(line + "\n" for line in lines))
        env = environment(work) | {"ZDOTDIR": str(work), "FUNCTIONS": str(work / "functions"), "OUT": str(work / "out"),
                                   "LINES_FILE": str(work / "lines")}
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(directory)
            os.execvpe("zsh", ["zsh", "-i", "-d"], env)
        try:
            wait_for(terminal, work / "out.ready")
            os.write(terminal, b"\x14")
            wait_for(terminal, work / "out.done")
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(terminal)
        return [tidy(part.splitlines()) for part in (work / "out").read_text().split("==\n")[:-1]]


def wait_for(terminal, path, seconds=120):
    """Reads what the shell shows until `path` is there."""
    shown, end = b"", time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > end:
            raise AssertionError(f"the shell did not answer:\n{shown.decode(errors='replace')}")
        if select.select([terminal], [], [], 0.05)[0]:
            shown += os.read(terminal, 65536)


def bash_types(file, line, directory):
    """The line after `line` and a Tab were typed into a bash with readline."""
    with tempfile.TemporaryDirectory() as home:
        work = Path(home)
        (work / "rc").write_text(f"source {shlex.quote(str(file))}\nPS1=\nbind 'set bell-style none'\n"
                                 f"bind -x '\"\\C-t\": printf %s \"$READLINE_LINE\" > {work}/out; touch {work}/done'\n"
                                 f"touch {work}/ready\n")
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(directory)
            os.execvpe("bash", ["bash", "--rcfile", str(work / "rc"), "-i"], environment(work))
        try:
            wait_for(terminal, work / "ready")
            os.write(terminal, line.encode() + b"\t\x14")
            wait_for(terminal, work / "done")
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(terminal)
        return (work / "out").read_text()

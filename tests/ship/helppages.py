"""The commands of a program, as its --help tells them."""
import re, subprocess


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout


def commands(program):
    """Each command as a tuple of its words, with its help; groups and their commands too."""
    found = {}
    for name in re.findall(r"^  ([a-z-]+) +[A-Z]", help_of(program), re.M):
        if name == "help":
            continue
        found[(name,)] = text = help_of(program, name)
        for command in re.findall(rf"^  {name} ([a-z-]+) +[A-Z]", text.partition("\nCommands:\n")[2], re.M):
            found[(name, command)] = help_of(program, name, command)
    return found


def is_group(text):
    return "\nCommands:\n" in text

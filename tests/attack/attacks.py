"""The register of attacks, and what they have in common.

An attack is a generator of (variant, bundle as bytes, or a function that makes them). Its name is a row of the table in
docs/threat-model.md, where it says who lies and what is to happen. Every bundle carries the module of an honest author before
and after the hostile one, which has "evil" in its path.
"""
import copy

from forge import Member, Module, forge, key, reader, tar_header  # noqa: F401: for the attacks

ATTACKS = {}


def attack(name, long=False):
    """Registers a generator of bundles; `long` ones are left to `all`."""
    def register(function):
        assert name not in ATTACKS, name
        ATTACKS[name] = (function, long)
        return function
    return register


def module(path, **more):
    files = more.pop("files", [("go.mod", f"module {path}\n".encode()), ("a.go", b"package a\n")])
    return Module(path, files=files, **more)


ALPHA, OMEGA = module("example.com/alpha"), module("example.com/omega", version="v0.3.1")
GAMMA = Module("example.com/gamma", only_mod=True)
NOTE = ("note.txt", b"read me\n")
EVIL = "example.com/evil"
PREFIX = b"src/" + EVIL.encode() + b"@v1.0.0/"


def honest(**stages):
    return forge([ALPHA, module(EVIL), GAMMA, OMEGA], [NOTE], **stages)


def with_files(files, **stages):
    """The hostile module has these files, and its hash is right."""
    evil = module(EVIL, files=[("go.mod", f"module {EVIL}\n".encode()), *files])
    return forge([ALPHA, evil, GAMMA, OMEGA], [NOTE], **stages)


def edited(change):
    """An honest payload under a manifest that `change` edits in place."""
    def edit(manifest):
        result = change(manifest)
        assert result is None or result is not manifest
    return honest(edit=edit)


def evil_of(manifest):
    """Index of the hostile module."""
    return next(i for i, m in enumerate(manifest["content"]["modules"]) if "evil" in m["path"])


def replaced(members, at, **change):
    """The list with one member changed; `at` finds it by the end of its name."""
    members = copy.copy(members)
    for i, m in enumerate(members):
        if m.name.endswith(at):
            members[i] = Member(**{**m.__dict__, **change})
            return members
    raise AssertionError(at)

"""Untrusted bytes: what a file really is, pictures of it, a clean copy, made in a confined child process per file.

`runner.inspect` is the parent's side; `child/` is run as a program that imports nothing else of the platform.
Invariants: the child gets neither path nor address, only ranges; it has no network and no file system; every
answer of the child is checked as if an attacker had written it; no outcome is an exception.
"""

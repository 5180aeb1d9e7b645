"""A confined child process per task: it reads ranges of one untrusted file and hands back outputs, nothing else.

`runner.run` is the parent's side; `child/` is run as a program that imports of the platform only the task's module.
Invariants: the child gets neither path nor address, only ranges; it has no network and no file system; the parent
believes nothing that it says; no outcome is an exception.
"""

"""Give up everything the decoders do not need, before they see a byte. Linux, through ctypes, no package, no root."""

import ctypes
import os
import resource
import signal
import tempfile
from pathlib import Path

CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
_PROCESSES = 8  # threads count as processes; counted within our own user namespace
CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def limit_resources(memory_bytes: int, cpu_s: int, file_bytes: int, open_files: int) -> None:
    """Set the hard limits of this process and of what it forks."""
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
    ):
        resource.setrlimit(what, (value, value))
    # No grace between the soft and the hard limit: process 1 of a namespace does not hear SIGXCPU, only SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))


class Sandbox:
    """Two steps: leave the network and the other processes at once, the file system when the libraries are loaded."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._root: int | None = None

    def leave_network(self) -> bool:
        """Enter own user, network, IPC and process namespaces; False where the kernel refuses.

        The caller continues in a forked grandchild, process 1 of its namespace: it sees and can signal nobody else.
        """
        empty = tempfile.mkdtemp(prefix="inspection-")
        self._root = os.open(empty, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        Path(empty).rmdir()  # a removed folder stays usable as a root, and nothing can ever be created in it
        if self._libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID):
            return False
        self.die_with_parent()  # again: entering a user namespace clears it
        child = os.fork()
        if child:
            _stand_by(child)
        self.die_with_parent()
        return True

    def leave_files(self) -> bool:
        """Make the empty removed folder our root and drop every capability; False where the kernel refuses."""
        if self._root is None:
            return False
        try:
            os.fchdir(self._root)
            os.chroot(".")
        except OSError:
            return False
        os.close(self._root)
        self._root = None
        self._libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))
        header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
        nothing = (ctypes.c_uint32 * 6)()
        return bool(self._libc.capset(ctypes.byref(header), ctypes.byref(nothing)) == 0)

    def die_with_parent(self) -> None:
        """Ask the kernel to kill us when the process that started us ends in whatever way."""
        self._libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _stand_by(child: int) -> None:
    """Wait for the process that does the work and end the way it ended. Never returns."""
    os.closerange(3, 256)  # the socket must close when the worker goes, not when we do
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 1)

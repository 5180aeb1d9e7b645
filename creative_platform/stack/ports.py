"""Which ports can be had."""

import socket


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    try:
        socket.create_server((host, port)).close()  # like servers, it does not mind connections that just ended
    except OSError:
        return False
    return True


def free_port(host: str) -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])

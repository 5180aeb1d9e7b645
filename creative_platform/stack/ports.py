"""Which ports can be had."""

import itertools
import random
import socket

# Below the range that systems use for outgoing connections, so that a kept port is still free at the next start.
RANGE = range(20_000, 32_000)


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    try:
        socket.create_server((host, port)).close()  # like servers, it does not mind connections that just ended
    except OSError:
        return False
    return True


def free_ports(host: str, count: int) -> list[int]:
    """Return different ports that nobody listens on now. Raises OSError when there are too few."""
    numbers = random.SystemRandom().sample(RANGE, len(RANGE))
    found = list(itertools.islice((port for port in numbers if is_free(host, port)), count))
    if len(found) < count:
        raise OSError(f"the ports of {host} from {RANGE.start} to {RANGE.stop - 1} are taken")
    return found

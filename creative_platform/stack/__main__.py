"""`python -m creative_platform.stack run` starts the platform; `… secrets` only makes var/ and its keys."""

import argparse
import os
import sys

from creative_platform.stack.bucket import BucketError
from creative_platform.stack.launch import CannotStart, Place, make_keys, run
from creative_platform.stack.objectstore import ObjectStoreError
from creative_platform.stack.supervisor import ServiceFailed, Stopped


def main() -> int:
    """Do what the command line asks; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m creative_platform.stack", description=__doc__)
    parser.add_argument("verb", choices=["run", "secrets"])
    verb = parser.parse_args().verb
    try:
        place = Place.of(os.environ)
        if verb == "secrets":
            make_keys(place)
            return 0
        run(place, _say)
    except Stopped:
        _say("Stopped.")
        return 0
    except (BucketError, CannotStart, ObjectStoreError, ServiceFailed) as error:
        _say(str(error))
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

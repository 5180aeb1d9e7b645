"""What a web process keeps of the memory that its work took for a while."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from creative_platform.accounts.passwords import hash_password
from creative_platform.stack import memory

def resident_mib():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss")) // 1024

memory.keep_little()
before = resident_mib()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(hash_password, ["a long enough pass phrase"] * 32))
    print(resident_mib() - before)
"""


def test_eight_threads_that_checked_passwords_keep_none_of_their_19_mib_each():
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, check=True, capture_output=True, text=True)

    assert int(done.stdout) < 19

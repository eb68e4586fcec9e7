"""How much memory this process holds."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path


def resident_bytes() -> int:
    """Resident set size, once what is garbage has been collected."""
    gc.collect()
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    kilobytes = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(kilobytes.stdout) * 1024

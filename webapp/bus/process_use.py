"""What this process takes of the machine."""

import os
import resource
from pathlib import Path

from webapp.core.process_report import ProcessUse

# Pages: size, then what is in memory; https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
STATM = Path("/proc/self/statm")


def process_use() -> ProcessUse:
    """Return memory and processor time of this process."""
    try:
        memory_bytes = int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        # Not every system has it.
        memory_bytes = 0
    used = resource.getrusage(resource.RUSAGE_SELF)
    return ProcessUse(memory_bytes, used.ru_utime + used.ru_stime)

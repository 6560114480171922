"""What `make test` does once or three times, done long enough to trust it.

python -m tests.soak [--loops 10] [--kills 50] [--only-cluster]
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.alerting.demo_loops import DemoWatch, expected_s
from tests.alerting.kills import kill_again_and_again
from tests.alerting.server_kills import kill_processes_of_a_server
from tests.cluster_kills import kill_parts_of_a_cluster
from webapp.storage.upgrade import upgrade


def main() -> None:
    """Run both, print what happened, and fail when anything is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops", type=int, default=10)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--only-cluster", action="store_true")
    options = parser.parse_args()
    if options.only_cluster:
        sys.exit(not cluster_kills(options.kills))
    is_well = [
        cluster_kills(options.kills),
        kills(options.kills),
        server_kills(options.kills),
        loops(options.loops),
    ]
    sys.exit(not all(is_well))


def loops(count: int) -> bool:
    """Watch the demo clip; True when each loop fired once, in time."""
    with tempfile.TemporaryDirectory() as folder:
        watch = DemoWatch(Path(folder)).start()
        try:
            watch.wait_for(count)
        finally:
            watch.kill()
        fired_s, windows_s = watch.fired_s(), expected_s(watch.timeline, count)
    figures = {
        "loops": count,
        "alerts": len(fired_s),
        "expected_s": [[round(a, 1), round(b, 1)] for a, b in windows_s],
        "fired_s": [round(time_s, 1) for time_s in fired_s],
    }
    print(json.dumps(figures), flush=True)
    return len(fired_s) == count and all(
        earliest <= time_s <= latest
        for time_s, (earliest, latest) in zip(fired_s, windows_s, strict=True)
    )


def kills(count: int) -> bool:
    """Kill a process again and again; True when nothing was lost, doubled or half written."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'evenkeel.db'}"
        upgrade(url)
        outcome = kill_again_and_again(url, count, seed=2)
    print(json.dumps(asdict(outcome)), flush=True)
    return not outcome.faults()


def server_kills(count: int) -> bool:
    """Kill the processes of a server; True when nothing was lost, doubled or half written."""
    with tempfile.TemporaryDirectory() as folder:
        outcome, killed = kill_processes_of_a_server(Path(folder), count, seed=3)
    print(json.dumps(asdict(outcome) | {"killed": killed}), flush=True)
    return not outcome.faults()


def cluster_kills(count: int) -> bool:
    """Kill the parts of a cluster; True when nothing was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_parts_of_a_cluster(Path(folder), count, seed=4)
    print(json.dumps(asdict(outcome)), flush=True)
    return not outcome.faults()


if __name__ == "__main__":
    main()

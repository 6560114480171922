"""The processes of a server of our own."""

from contextlib import suppress
from pathlib import Path

from tests.gunicorn_server import GunicornServer


def processes(server: GunicornServer, module: str) -> dict[int, str]:
    """Return the arguments of this server's processes of a module, by their ids."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            arguments = (folder / "cmdline").read_bytes().decode().replace("\0", " ")
            if f"webapp.serving.{module} " in arguments and belongs(int(folder.name), server):
                found[int(folder.name)] = arguments
    return found


def belongs(process_id: int, server: GunicornServer) -> bool:
    """Return whether a process runs, and listens for this server."""
    with suppress(OSError):
        arguments = Path(f"/proc/{process_id}/cmdline").read_bytes()
        return str(server.temporary).encode() in arguments
    return False


def all_processes(server: GunicornServer) -> list[int]:
    """Return the ids of all processes of this server, gunicorn's own among them."""
    found = [server.process.pid]
    for process_id in found:
        for task in Path(f"/proc/{process_id}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, task.read_text().split())
    return found


def web_process(server: GunicornServer) -> int:
    """Return the id of gunicorn's worker."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return int(children.read_text().split()[0])

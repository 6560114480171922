"""Who may import whom, held by reading the source."""

import ast
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

WEBAPP = Path(__file__).parent.parent / "webapp"
MAY_IMPORT = {
    "core": set(),
    "bus": {"core"},
    "disk": {"core"},
    "vision": {"core", "disk"},
    "cameras": {"core", "bus"},
    "storage": {"core", "disk"},
    "recording": {"core", "storage"},
    "alerting": {"core", "storage", "recording"},
    # Not cameras: pages and cameras will be processes of their own.
    "web": {"core", "bus", "disk", "storage"},
    "outside": {"core"},
    "cluster": {"core", "bus"},
    "training": {"core", "disk", "vision"},
    "demo": {"core"},
    "files": {"core", "disk", "vision", "cameras"},
    "decoding": {"core", "bus", "vision", "files"},
    "uploads": {"core", "bus", "disk", "vision", "cameras", "files", "decoding"},
}
# Put the parts together.
ANYTHING = {"serving", "command"}
LOOSE_MODULES = {"__init__", "__main__", "app", "config", "gunicorn_conf", "reader"}
FRAMEWORKS = {
    "flask",
    "flask_socketio",
    "cv2",
    "keras",
    "tensorflow",
    "ai_edge_litert",
    "sqlalchemy",
    "redis",
}
CLOCK_AND_IO = {"time", "os", "io", "pathlib", "socket", "threading", "subprocess", "logging"}
NEVER = {
    "core": FRAMEWORKS | CLOCK_AND_IO,
    "bus": FRAMEWORKS,
    "cluster": FRAMEWORKS - {"redis"},
    "cameras": FRAMEWORKS,
    "storage": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "vision": {"flask", "sqlalchemy"},
    "alerting": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "recording": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "web": {"cv2", "keras", "tensorflow", "ai_edge_litert"},
    "files": FRAMEWORKS - {"cv2"},
    # What strangers made is decoded elsewhere; `cv2` draws and encodes here.
    "uploads": FRAMEWORKS - {"cv2"},
    "decoding": FRAMEWORKS,
}
# Names that no call at import may have anywhere in its dotted name.
EFFECTS_AT_IMPORT = {
    *("Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "Pool", "ThreadPool"),
    *("Process", "Popen", "subprocess", "system", "run", "check_call", "check_output"),
    *("start", "submit", "connect", "create_connection", "create_engine", "socket", "urlopen"),
    *("VideoCapture", "environ", "getenv", "open", "read_text", "read_bytes", "load_network"),
}


def modules(room: str) -> list[Path]:
    found = sorted((WEBAPP / room).rglob("*.py"))
    assert found, f"webapp/{room} is empty"
    return found


def imports(path: Path) -> set[str]:
    """Return the dotted names of the modules that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            # What is imported from a package may be one of its modules.
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if is_module(name) else str(node.module) for name in within}
    return names


def is_module(dotted: str) -> bool:
    """Return whether a dotted name is a module or package of ours."""
    path = WEBAPP.parent.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def evaluated_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what an import evaluates: all but the bodies of functions."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += getattr(node, "decorator_list", [])
            waiting += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def effects_at_import(source: str) -> set[str]:
    """Return the lines that start, open or read something when the source is imported."""
    return {
        source.splitlines()[node.lineno - 1].strip()
        for node in evaluated_at_import(ast.parse(source))
        if isinstance(node, ast.Call)
        and not EFFECTS_AT_IMPORT.isdisjoint(ast.unparse(node.func).split("."))
    }


def test_every_room_and_every_loose_module_has_its_rule():
    rooms = {path.relative_to(WEBAPP).parts[0] for path in WEBAPP.glob("*/**/*.py")}
    assert rooms == MAY_IMPORT.keys() | ANYTHING
    assert {path.stem for path in WEBAPP.glob("*.py")} == LOOSE_MODULES


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_what_lies_below_them(room):
    allowed = {f"webapp.{name}" for name in MAY_IMPORT[room] | {room}} | {"webapp"}
    for path in modules(room):
        ours = {".".join(name.split(".")[:2]) for name in imports(path) if name[:6] == "webapp"}
        assert ours <= allowed, f"{path} imports {sorted(ours - allowed)}"


@pytest.mark.parametrize("room", NEVER)
def test_rooms_keep_frameworks_out(room):
    for path in modules(room):
        outside = {name.split(".")[0] for name in imports(path)}
        assert not outside & NEVER[room], f"{path} imports {sorted(outside & NEVER[room])}"


@pytest.mark.parametrize(
    ("line", "imported"),
    [
        ("import time", "time"),
        ("from webapp import __version__", "webapp"),
        ("from webapp import app", "webapp.app"),
        ("from webapp import serving as other", "webapp.serving"),
        ("from webapp.web import services", "webapp.web.services"),
        ("from webapp.web.services import ALERTS", "webapp.web.services"),
    ],
)
def test_the_rules_see_an_import(tmp_path, line, imported):
    path = tmp_path / "bad.py"
    path.write_text(f"def f():\n    {line}\n")
    assert imports(path) == {imported}


@pytest.mark.parametrize("path", sorted(WEBAPP.rglob("*.py")), ids=lambda path: path.name)
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) < 400


def test_only_one_place_reads_the_environment():
    readers = {
        path.relative_to(WEBAPP).as_posix()
        for path in WEBAPP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"os.environ", "os.getenv", "os.environb"}
    }
    # backends.py sets variables for FFmpeg and TensorFlow; it reads none.
    assert readers <= {"config.py", "vision/backends.py"}


@pytest.mark.parametrize("path", sorted(WEBAPP.rglob("*.py")), ids=lambda path: path.name)
def test_import_starts_nothing(path):
    assert not effects_at_import(path.read_text())


@pytest.mark.parametrize(
    "source",
    [
        "pool = ThreadPoolExecutor(1)",
        "NAME = os.environ.get('NAME')",
        "subprocess.run(['ls'])",
        "class A:\n    thread = Thread()",
        "class A:\n    def f(self, pool=Pool()): ...",
        "def f(*, link=socket.create_connection(HOST)): ...",
        "@cached(open(PATH))\ndef f(): ...",
        "@cached(Timer(1, end))\nclass A: ...",
        "if DEBUG:\n    threading.Thread(target=f).start()",
        "f = lambda file=open(PATH): file",
    ],
)
def test_the_rules_see_what_an_import_starts(source):
    assert effects_at_import(source)


@pytest.mark.parametrize(
    "source",
    ["def f():\n    open(PATH)", "class A:\n    def f(self): open(PATH)", "lambda: open(P)"],
)
def test_what_a_function_does_later_is_no_effect_of_the_import(source):
    assert not effects_at_import(source)


def test_exactly_one_opencv_is_installed():
    names = {dist.metadata["Name"].lower() for dist in distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}

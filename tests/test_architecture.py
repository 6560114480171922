"""Who may import whom, held by reading the source."""

import ast
from importlib.metadata import distributions
from pathlib import Path

import pytest

WEBAPP = Path(__file__).parent.parent / "webapp"
MAY_IMPORT = {
    "core": set(),
    "bus": {"core"},
    "disk": {"core"},
    "vision": {"core", "disk"},
    "cameras": {"core"},
    "storage": {"core", "disk"},
    "recording": {"core", "storage"},
    "alerting": {"core", "storage", "recording"},
    "web": {"core", "bus", "disk", "cameras", "storage"},
    "training": {"core", "disk", "vision"},
    "demo": {"core"},
    "files": {"core", "disk", "vision", "cameras"},
    "uploads": {"core", "disk", "vision", "cameras", "files"},
}
# Put the parts together.
ANYTHING = {"serving", "command"}
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
    "cameras": FRAMEWORKS,
    "storage": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "vision": {"flask", "sqlalchemy"},
    "alerting": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "recording": {"flask", "cv2", "keras", "tensorflow", "ai_edge_litert"},
    "web": {"cv2", "keras", "tensorflow", "ai_edge_litert"},
    "files": FRAMEWORKS - {"cv2"},
    "uploads": FRAMEWORKS - {"cv2"},
}
EFFECTS_AT_IMPORT = {"Thread", "VideoCapture", "environ", "getenv", "open", "load_network"}


def modules(room: str) -> list[Path]:
    found = sorted((WEBAPP / room).rglob("*.py"))
    assert found, f"webapp/{room} is empty"
    return found


def imports(path: Path) -> set[str]:
    """Return the dotted names a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(str(node.module))
    return names


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


def test_the_rules_see_a_violation(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("def f():\n    import time\n    from webapp.web import services\n")
    assert imports(path) == {"time", "webapp.web"}


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
    for statement in ast.parse(path.read_text()).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(statement)
            if isinstance(node, ast.Call)
        }
        assert not called & EFFECTS_AT_IMPORT, f"{path}:{statement.lineno}"


def test_exactly_one_opencv_is_installed():
    names = {dist.metadata["Name"].lower() for dist in distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}

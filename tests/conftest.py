"""The application on a database of its own, with fake cameras and two users."""

import gc
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from tests.addresses import RememberedRule
from tests.audit_log import empty
from tests.fakes import FakeLiveAlerts, FakeRuntime
from tests.postgres_server import PostgresServer, postgres_programs, postgres_server
from tests.purposes import state_purposes
from tests.queries import create_remembering_engine
from tests.services import require_or_skip
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.access import Role
from webapp.core.camera_list import CameraSource
from webapp.storage.cameras import seed_cameras
from webapp.storage.database import Database
from webapp.storage.first_hour import Deed, Step, settle
from webapp.storage.passwords import PasswordVault
from webapp.storage.sealing import Sealer
from webapp.storage.sign_ins import start_sign_in
from webapp.storage.upgrade import upgrade
from webapp.storage.users import add_user, find_user
from webapp.web.access.guard import TOKEN
from webapp.web.access.sign_in_checks import SignInChecks
from webapp.web.services import services_of

PASSWORD = "correct horse battery"
SECRET_KEY = "for the tests only"
CAMERAS = (CameraSource("demo", "demo"), CameraSource("door", "rtsp://door:hunter2@camera/live"))
ADMIN, MANAGER, VIEWER, NEWCOMER = "admin", "manager", "viewer", "newcomer"
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CSRF_FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "evenkeel", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("evenkeel")


class AuthActions:
    """Fills in the forms as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def csrf_token(self, page: str = "/login") -> str:
        """Return the CSRF field of a page's form."""
        found = CSRF_FIELD.search(self._client.get(page).text)
        assert found, f"{page} has no form with a CSRF field"
        return found.group(1)

    def post(self, path: str, page: str, **fields: str) -> TestResponse:
        """Send a form, with the CSRF field of `page`."""
        return self._client.post(path, data={"csrf_token": self.csrf_token(page)} | fields)

    def login(self, username: str = ADMIN, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in."""
        return self.post("/login", "/login", username=username, password=password, **fields)

    def logout(self) -> TestResponse:
        """Sign out."""
        return self.post("/logout", "/logout")


def pytest_collection() -> None:
    """Put the search for unreachable objects off: it halves the time in which tests are found."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Search again from here on, but not among modules and tests, which stay until the end."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Addresses and queries compiled once, as templates are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.storage.database.create_engine", create_remembering_engine)
        patch.setattr(Flask, "url_rule_class", RememberedRule)
        yield


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of PASSWORD."""
    return CHEAP_HASHER.hash(PASSWORD)


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:
    """An SQLite file with a user of each role, and someone who must change the password."""
    path = tmp_path_factory.mktemp("seed") / "evenkeel.db"
    upgrade(f"sqlite:///{path}")
    database, now = Database(f"sqlite:///{path}"), datetime.now(UTC)
    with database.session() as work:
        add_user(work, ADMIN, password_hash, now, role=Role.ADMIN)
        add_user(work, MANAGER, password_hash, now, role=Role.MANAGER)
        add_user(work, VIEWER, password_hash, now, role=Role.VIEWER)
        add_user(work, NEWCOMER, password_hash, now, role=Role.MANAGER, must_change_password=True)
        seed_cameras(work, CAMERAS, Sealer(SECRET_KEY), now)
        state_purposes(work, Sealer(SECRET_KEY), now)
        for step in Step:
            settle(work, step, Deed.SKIPPED, now)
    with database.session() as work:
        empty(work)
    database.close()
    return path


@pytest.fixture
def settings(tmp_path: Path, seeded_database: Path) -> Settings:
    """Settings whose instance folder is the test's own."""
    path = shutil.copy(seeded_database, tmp_path / "evenkeel.db")
    return Settings(instance_dir=tmp_path, database_url=f"sqlite:///{path}", secret_key=SECRET_KEY)


@pytest.fixture
def runtime() -> FakeRuntime:
    """Two cameras: `demo` shows the demo, `door` is offline."""
    return FakeRuntime()


@pytest.fixture
def live_alerts() -> FakeLiveAlerts:
    """The alerts of now: none, until a test sets some."""
    return FakeLiveAlerts()


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once: every test has an application of its own, which would do it anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(
    settings: Settings,
    runtime: FakeRuntime,
    live_alerts: FakeLiveAlerts,
    compiled_templates: FileSystemBytecodeCache,
) -> Iterator[Flask]:
    """The application with fake cameras, cheap password hashes and compiled templates."""
    app = create_app(settings, runtime)
    app.jinja_env.bytecode_cache = compiled_templates
    services_of(app).alerts = live_alerts
    services_of(app).checks = SignInChecks(PasswordVault(CHEAP_HASHER))
    yield app
    services_of(app).database.close()


@pytest.fixture
def database(app: Flask) -> Database:
    """The application's database."""
    database: Database = services_of(app).database
    return database


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that navigates, so it asks for pages."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return client


@pytest.fixture
def auth(client: FlaskClient) -> AuthActions:
    """Signs `client` in and out."""
    return AuthActions(client)


@pytest.fixture
def signed_in(client: FlaskClient, database: Database) -> FlaskClient:
    """`client`, signed in as the admin, without the form: hundreds of tests begin so."""
    with database.session() as work:
        admin = find_user(work, ADMIN)
        assert admin
        token = start_sign_in(work, admin.id, datetime.now(UTC))
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token
        cookie.permanent = True
    return client


@pytest.fixture
def runner() -> CliRunner:
    """Runs commands."""
    return CliRunner()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests."""
    programs = postgres_programs()
    require_or_skip("PostgreSQL", programs is not None)
    assert programs
    with postgres_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with our tables, to be copied."""
    name = postgres.create()
    upgrade(postgres.url(name))
    return name


@pytest.fixture
def postgres_database(postgres: PostgresServer, postgres_template: str) -> Iterator[Database]:
    """One without rows."""
    with postgres.lent(postgres_template) as name:
        database = Database(postgres.url(name))
        yield database
        database.close()

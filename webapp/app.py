"""Puts the web application together."""

from flask import Flask

from webapp import __version__
from webapp.config import ROOT, Settings
from webapp.core.ports import LiveRuntime
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault
from webapp.storage.secret_files import keep_secret_key
from webapp.web.access.exposure import check_exposure
from webapp.web.access.guard import init_guard
from webapp.web.access.security import init_cookies_and_forms, wrap_wsgi
from webapp.web.access.sign_in_checks import CHECKS, SignInChecks
from webapp.web.api import alerts as alerts_api
from webapp.web.api import analyse as analyse_api
from webapp.web.api import cameras as cameras_api
from webapp.web.api import ops, recent
from webapp.web.api.uploads import UploadLimits, init_uploads
from webapp.web.camera_switch import SWITCH, CameraSwitch
from webapp.web.errors import init_errors
from webapp.web.live import stream
from webapp.web.live.socket_gate import SocketGate
from webapp.web.live.sockets import SOCKETS, LiveSockets
from webapp.web.pages import admin, alerts, analyse, dashboard, history, report, sign_in
from webapp.web.pages.local_times import init_local_times
from webapp.web.services import DATABASE, RUNTIME

STREAM_RECHECK_S = 5.0
# Pages without a picture; gunicorn_conf has threads for these, for every viewer and for the rest.
SPARE_SOCKETS = 40
BLUEPRINTS = (
    dashboard.bp,
    stream.bp,
    recent.bp,
    cameras_api.bp,
    alerts.bp,
    alerts_api.bp,
    analyse.bp,
    analyse_api.bp,
    admin.bp,
    history.bp,
    report.bp,
    sign_in.bp,
    ops.bp,
)


def create_app(settings: Settings, runtime: LiveRuntime | None = None) -> Flask:
    """Build the application; starts nothing and connects to nothing.

    Args:
        runtime: the cameras; may be attached later as `app.extensions["evenkeel_runtime"]`,
            until then what needs them answers 503.

    Raises:
        ConfigError: a setting cannot be used, or the address would expose plain HTTP.
        StorageError: the signing key cannot be kept in the instance folder.
    """
    _check_exposure(settings)
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(settings.instance_dir.resolve()),
    )
    app.config[stream.RECHECK_S] = STREAM_RECHECK_S
    app.config["TIME_ZONE"] = settings.time_zone
    app.config[history.RETENTION_DAYS] = settings.retention_days
    app.extensions[RUNTIME] = runtime
    database = app.extensions[DATABASE] = Database(settings.database_url)
    app.extensions[SWITCH] = CameraSwitch(database)
    app.extensions[CHECKS] = SignInChecks(PasswordVault())
    _init_web(app, settings)
    app.extensions[SOCKETS] = LiveSockets(app, database)
    app.wsgi_app = SocketGate(  # type: ignore[method-assign]
        app, app.wsgi_app, app.extensions[SOCKETS].open_count, settings.max_viewers + SPARE_SOCKETS
    )
    wrap_wsgi(app, settings.trusted_proxies)
    return app


def _check_exposure(settings: Settings) -> None:
    check_exposure(
        settings.host,
        has_tls=bool(settings.tls_cert_file and settings.tls_key_file),
        trusted_proxies=settings.trusted_proxies,
        allow_plain_http=settings.allow_plain_http,
    )


def _init_web(app: Flask, settings: Settings) -> None:
    init_errors(app)
    # Before the form check, so that a stranger is told to sign in rather than about a form.
    init_guard(app, open_ops=settings.open_ops)
    init_uploads(
        app,
        UploadLimits(
            settings.analyse_max_mb, settings.analyse_max_seconds, settings.analyse_keep_minutes
        ),
    )
    init_cookies_and_forms(app, settings.secret_key or keep_secret_key(settings.instance_dir))
    app.context_processor(lambda: {"app_version": __version__})
    init_local_times(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)

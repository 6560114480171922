"""Puts the web application together."""

from flask import Flask
from socketio import PubSubManager

from webapp import __version__
from webapp.cluster.page_events import PageEvents
from webapp.config import ROOT, SPARE_SOCKETS, Settings
from webapp.core.fair_shares import FairShares
from webapp.core.ports import LiveRuntime
from webapp.demo.timeline import longest_scene, read_timeline
from webapp.serving.sealer import build_sealer
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault
from webapp.storage.secret_files import keep_secret_key
from webapp.web.access.camera_titles import init_camera_titles
from webapp.web.access.due import REQUIRE_TOTP
from webapp.web.access.exposure import check_exposure
from webapp.web.access.guard import init_guard
from webapp.web.access.security import init_cookies_and_forms, wrap_wsgi
from webapp.web.access.sign_in_checks import SignInChecks
from webapp.web.access.token_checks import TokenChecks
from webapp.web.api import alerts as alerts_api
from webapp.web.api import analyse as analyse_api
from webapp.web.api import cameras as cameras_api
from webapp.web.api import ops, recent, schedules
from webapp.web.api.alert_records import PUBLIC_URL
from webapp.web.api.uploads import UploadLimits, init_uploads
from webapp.web.camera_switch import CameraSwitch
from webapp.web.errors import init_errors
from webapp.web.live import stream
from webapp.web.live.connections import Connections
from webapp.web.live.participants import Participants
from webapp.web.live.places import Places
from webapp.web.live.socket_gate import SocketGate
from webapp.web.live.sockets import SIGNED_IN, LiveSockets
from webapp.web.live.watch_notes import WatchNotes
from webapp.web.pages import (
    about,
    admin,
    admin_files,
    alert,
    alerts,
    analyse,
    audit,
    cameras,
    dashboard,
    first_hour,
    groups,
    health,
    history,
    join,
    notice,
    papers,
    purposes,
    receivers,
    report,
    rooms,
    second_factor,
    sign_in,
    tokens,
    users,
)
from webapp.web.pages.admin_pages import init_admin_pages
from webapp.web.pages.local_times import init_local_times
from webapp.web.pages.paper_facts import DISCLOSED, LOG_KEPT
from webapp.web.row_ids import init_row_ids
from webapp.web.services import SERVICES, Services

BLUEPRINTS = (
    dashboard.bp,
    first_hour.bp,
    stream.bp,
    recent.bp,
    cameras_api.bp,
    alert.bp,
    alerts.bp,
    alerts_api.bp,
    analyse.bp,
    analyse_api.bp,
    admin.bp,
    admin_files.bp,
    cameras.bp,
    rooms.bp,
    purposes.bp,
    join.bp,
    audit.bp,
    papers.bp,
    notice.bp,
    about.bp,
    history.bp,
    receivers.bp,
    report.bp,
    sign_in.bp,
    second_factor.bp,
    users.bp,
    tokens.bp,
    groups.bp,
    health.bp,
    ops.bp,
    schedules.bp,
)


def create_app(settings: Settings, runtime: LiveRuntime | None = None) -> Flask:
    """Build the application; starts nothing and connects to nothing.

    Args:
        runtime: the cameras; may be attached later as `services_of(app).runtime`, until then what
            needs them answers 503.

    Raises:
        ConfigError: a setting cannot be used, or the address would expose plain HTTP.
        StorageError: the signing key cannot be kept in the instance folder.
    """
    check_exposure(
        settings.host,
        has_tls=bool(settings.tls_cert_file and settings.tls_key_file),
        trusted_proxies=settings.trusted_proxies,
        allow_plain_http=settings.allow_plain_http,
    )
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(settings.instance_dir.resolve()),
    )
    app.config[REQUIRE_TOTP] = settings.require_totp
    app.config["TIME_ZONE"] = settings.time_zone
    app.config[PUBLIC_URL] = settings.public_url
    app.config[history.RETENTION_DAYS] = settings.retention_days
    app.config[LOG_KEPT] = settings.audit_retention_days
    app.config[DISCLOSED] = (settings.privacy, settings.min_group)
    app.config[papers.MODEL_DIR] = str(settings.model_dir)
    app.config[about.CODE_DIR] = str(ROOT)
    app.config[dashboard.DEMO_SCENE] = longest_scene(read_timeline(), settings.alert_emotions)
    _init_web(app, settings)
    database, sealer = Database(settings.database_url), build_sealer(settings)
    connections, places = Connections(database), Places(FairShares(settings.max_viewers))
    watching = WatchNotes(database)
    services = app.extensions[SERVICES] = Services(
        database=database,
        checks=SignInChecks(PasswordVault()),
        tokens=TokenChecks(database),
        switch=CameraSwitch(database, sealer),
        connections=connections,
        places=places,
        sockets=LiveSockets(app, connections, places, watching, _queue(settings)),
        sealer=sealer,
        participants=Participants(),
        watching=watching,
        first_receivers=settings.notify_urls,
        runtime=runtime,
    )
    most_sockets = settings.max_viewers + SPARE_SOCKETS
    app.wsgi_app = SocketGate(  # type: ignore[method-assign]
        app, app.wsgi_app, services.sockets.transports, FairShares(most_sockets)
    )
    wrap_wsgi(
        app,
        settings.trusted_proxies,
        settings.trusted_proxy_addresses,
        settings.identity_headers,
    )
    return app


def _queue(settings: Settings) -> PubSubManager | None:
    """Return what web instances tell each other's browsers over, where there may be several."""
    if not settings.redis_url or not settings.secret_key:
        return None
    return PageEvents(settings.redis_url, settings.secret_key, SIGNED_IN)


def _init_web(app: Flask, settings: Settings) -> None:
    init_errors(app)
    init_row_ids(app)
    # Before the form check, so that a stranger is asked to sign in, whatever the form lacks.
    init_guard(app, open_ops=settings.open_ops)
    init_uploads(
        app,
        UploadLimits(
            settings.analyse_max_mb, settings.analyse_max_seconds, settings.analyse_keep_minutes
        ),
    )
    secret_key = settings.secret_key or keep_secret_key(settings.instance_dir)
    init_cookies_and_forms(app, secret_key, is_one_of_several=bool(settings.redis_url))
    app.context_processor(lambda: {"app_version": __version__})
    init_local_times(app)
    init_camera_titles(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_admin_pages(app)

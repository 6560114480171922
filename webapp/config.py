"""Settings: the only reader of the environment."""

import codecs
import ipaddress
import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.core.camera_list import CameraSource, parse_camera_lines, parse_cameras
from webapp.core.errors import ConfigError
from webapp.core.indicator import ALERT_EMOTIONS
from webapp.core.mqtt_topics import MqttAddress, parse_mqtt_url
from webapp.core.privacy import LARGEST_GROUP, Privacy
from webapp.core.proxy_headers import BY_NAME, ProxyHeaders, parse_header_name, parse_role_map
from webapp.core.schedule import Schedule, parse_schedule
from webapp.core.setting_values import (
    Network,
    flag,
    names,
    networks,
    number,
    one_of,
    privacy,
    public_url,
    redis_url,
    whole,
    worker_name,
    zone,
)

UTC = ZoneInfo("UTC")
ROOT = Path(__file__).resolve().parent.parent
DETECTORS = ("yunet", "haar")
LOG_FORMATS = ("text", "json")
# Socket.IO connections of pages without a picture, beside one for each of `max_viewers`.
SPARE_SOCKETS = 40
# Of where an alert begins: below here it ends, unless ALERT_EXIT says otherwise.
EXIT_SHARE = 0.8
LINE_END = re.compile("\r\n|\r|\n")
NEXT_URL = re.compile(r"[,;]+(?=[A-Za-z0-9]+://)")
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
# What processes behind the web process have no use for. The key that opens sealed texts goes only
# to those that are given it.
PAGES_ONLY = ("SECRET_KEY", "ADMIN_PASSWORD", "NOTIFY_URLS", "SEALING_KEY", "MQTT_URL")
# Six months, as Article 26(6) of the EU AI Act asks of logs.
LEAST_AUDIT_DAYS = 183
Value = TypeVar("Value")


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, parsed and checked; docs/configure.md explains each.

    Only `sealing_key` is no setting: the web process gives it to processes that open sealed texts.
    """

    cameras: tuple[CameraSource, ...] = (CameraSource("demo", "demo"),)
    camera_processes: int | None = None
    detector: str | None = None
    detect_width: int = 640
    min_face_px: int = 20
    max_pixels: int = 50_000_000
    analyse_max_mb: int = 200
    analyse_max_seconds: int = 600
    analyse_jobs: int = 3
    analyse_keep_minutes: int = 10
    alert_emotions: tuple[str, ...] = ALERT_EMOTIONS
    instance_dir: Path = ROOT / "instance"
    model_dir: Path = ROOT / "model"
    database_url: str = field(default=f"sqlite:///{ROOT / 'instance' / 'evenkeel.db'}", repr=False)
    secret_key: str | None = field(default=None, repr=False)
    sealing_key: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 5000
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    trusted_proxies: int = 0
    trusted_proxy_addresses: tuple[Network, ...] = LOOPBACK
    identity_headers: ProxyHeaders | None = None
    allow_plain_http: bool = False
    require_totp: str | None = None
    open_ops: bool = False
    log_format: str = "text"
    privacy: Privacy = Privacy.LABELS
    min_group: int = 1
    max_viewers: int = 60
    max_connections_per_address: int = 64
    alert_enter: float = 25.0
    alert_exit: float = 20.0
    alert_hold_s: float = 15.0
    alert_clear_s: float = 10.0
    alert_least_people: int = 0
    alert_least_share: float = 0.0
    alert_min_faces: int = 1
    alert_min_confidence: float = 0.0
    alert_cooldown_s: float = 300.0
    alert_schedule: Schedule = field(default_factory=Schedule)
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    notify_cooldown_s: float = 0.0
    time_zone: ZoneInfo = UTC
    public_url: str = ""
    mqtt: MqttAddress | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    worker_name: str = field(default_factory=lambda: platform.node() or "worker")
    retention_days: int = 90
    audit_retention_days: int = 365


def environment_behind(**changes: str) -> dict[str, str]:
    """Return the environment of a process behind the web process, which needs no web secrets."""
    replaced = {*PAGES_ONLY, *changes}
    env = {k: v for k, v in os.environ.items() if k.removesuffix("_FILE") not in replaced}
    return env | changes


def take_given(name: str) -> str:
    """Return what the process that started this one gave it, which no process of this one gets."""
    return os.environ.pop(name)


def read_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Parse the environment.

    Args:
        env: variables by name; default the process environment.

    Raises:
        ConfigError: names the variable, what it accepts and what came.
    """
    read = _Reader(os.environ if env is None else env)
    instance_dir = read("INSTANCE_DIR", Path, ROOT / "instance")
    alert_enter = read("ALERT_ENTER", number(0.1, 100), Settings.alert_enter)
    settings = Settings(
        cameras=read.file("CAMERAS", parse_camera_lines)
        or read("CAMERAS", parse_cameras, Settings.cameras),
        camera_processes=read("CAMERA_PROCESSES", whole(1, 64), None),
        detector=read("DETECTOR", one_of(*DETECTORS), None),
        detect_width=read("DETECT_WIDTH", whole(64, 4096), Settings.detect_width),
        min_face_px=read("MIN_FACE_PX", whole(8, 1000), Settings.min_face_px),
        max_pixels=read("MAX_PIXELS", whole(10_000, 500_000_000), Settings.max_pixels),
        analyse_max_mb=read("ANALYSE_MAX_MB", whole(1, 10_000), Settings.analyse_max_mb),
        analyse_max_seconds=read(
            "ANALYSE_MAX_SECONDS", whole(1, 86_400), Settings.analyse_max_seconds
        ),
        analyse_jobs=read("ANALYSE_JOBS", whole(1, 20), Settings.analyse_jobs),
        analyse_keep_minutes=read(
            "ANALYSE_KEEP_MINUTES", whole(1, 120), Settings.analyse_keep_minutes
        ),
        alert_emotions=read("ALERT_EMOTIONS", names, Settings.alert_emotions),
        instance_dir=instance_dir,
        model_dir=read("MODEL_DIR", Path, Settings.model_dir),
        database_url=read.secret("DATABASE_URL") or f"sqlite:///{instance_dir / 'evenkeel.db'}",
        secret_key=read.secret("SECRET_KEY"),
        sealing_key=read.given("SEALING_KEY"),
        admin_password=read.secret("ADMIN_PASSWORD"),
        host=read("HOST", lambda text: text.strip("[]"), Settings.host),
        port=read("PORT", whole(1, 65535), Settings.port),
        tls_cert_file=read("TLS_CERT_FILE", _existing_file, None),
        tls_key_file=read("TLS_KEY_FILE", _existing_file, None),
        trusted_proxies=read("TRUSTED_PROXIES", whole(0, 10), Settings.trusted_proxies),
        trusted_proxy_addresses=read("TRUSTED_PROXY_ADDRESSES", networks, LOOPBACK),
        identity_headers=_identity_headers(read),
        allow_plain_http=read("ALLOW_PLAIN_HTTP", flag, Settings.allow_plain_http),
        require_totp=read("REQUIRE_TOTP", one_of("admins", "everybody"), None),
        open_ops=read("OPEN_OPS", flag, Settings.open_ops),
        log_format=read("LOG_FORMAT", one_of(*LOG_FORMATS), Settings.log_format),
        privacy=read("PRIVACY", privacy, Settings.privacy),
        min_group=read("MIN_GROUP", whole(1, LARGEST_GROUP), Settings.min_group),
        max_viewers=read("MAX_VIEWERS", whole(1, 2000), Settings.max_viewers),
        max_connections_per_address=read(
            "MAX_CONNECTIONS_PER_ADDRESS", whole(8, 4000), Settings.max_connections_per_address
        ),
        alert_enter=alert_enter,
        alert_exit=read("ALERT_EXIT", number(0.1, 100), round(EXIT_SHARE * alert_enter, 1)),
        alert_hold_s=read("ALERT_HOLD_S", number(0, 3600), Settings.alert_hold_s),
        alert_clear_s=read("ALERT_CLEAR_S", number(0, 3600), Settings.alert_clear_s),
        alert_least_people=read("ALERT_LEAST_PEOPLE", whole(0, 100), Settings.alert_least_people),
        alert_least_share=read("ALERT_LEAST_SHARE", number(0, 1), Settings.alert_least_share),
        alert_min_faces=read("ALERT_MIN_FACES", whole(1, 100), Settings.alert_min_faces),
        alert_min_confidence=read(
            "ALERT_MIN_CONFIDENCE", number(0, 1), Settings.alert_min_confidence
        ),
        alert_cooldown_s=read("ALERT_COOLDOWN_S", number(0, 86400), Settings.alert_cooldown_s),
        alert_schedule=read("ALERT_SCHEDULE", parse_schedule, Schedule()),
        notify_urls=parse_urls("\n".join(read.secret_lines("NOTIFY_URLS"))),
        notify_cooldown_s=read("NOTIFY_COOLDOWN_S", number(0, 86400), Settings.notify_cooldown_s),
        mqtt=read.parsed_secret("MQTT_URL", parse_mqtt_url),
        redis_url=read.parsed_secret("REDIS_URL", redis_url),
        worker_name=read("WORKER_NAME", worker_name, platform.node() or "worker"),
        public_url=read("PUBLIC_URL", public_url, Settings.public_url),
        time_zone=read("TIME_ZONE", zone, Settings.time_zone),
        retention_days=read("RETENTION_DAYS", whole(1, 36500), Settings.retention_days),
        audit_retention_days=read(
            "AUDIT_RETENTION_DAYS",
            whole(LEAST_AUDIT_DAYS, 36500),
            Settings.audit_retention_days,
        ),
    )
    _check_together(settings, read)
    return settings


def parse_urls(text: str) -> tuple[str, ...]:
    """Split URLs at blanks and line breaks, and at commas or semicolons before the next one.

    Other commas are left alone: a URL may have several recipients.
    """
    parts = (part for word in text.split() for part in NEXT_URL.split(word.strip(",;")))
    return tuple(part for part in parts if part)


class _Reader:
    """Reads single variables; an unset or blank one is its default."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __call__(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        text = self._env.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}: expected {error}. Change it or leave it out.") from error

    def given(self, name: str) -> str | None:
        """Return what the process that started this one gave it."""
        return self._env.get(name) or None

    def file(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """Parse all of the file that NAME_FILE points to; None when that is unset."""
        text = self._file_text(name)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}_FILE: expected {error}. Change it.") from error

    def parsed_secret(self, name: str, parse: Callable[[str], Value]) -> Value | None:
        """Parse what `secret` reads; the errors must not repeat it."""
        text = self.secret(name)
        try:
            return parse(text) if text else None
        except ValueError as error:
            raise ConfigError(f"{name}: expected {error}. Change it or leave it out.") from None

    def secret(self, name: str) -> str | None:
        """Read NAME, or the first line of the file that NAME_FILE points to."""
        lines = self.secret_lines(name)
        return lines[0] if lines else None

    def secret_lines(self, name: str) -> list[str]:
        """Read NAME, or the lines of the file that NAME_FILE points to; empty when it is unset."""
        text = self._file_text(name)
        if text is None:
            return [self._text(name)] if self._env.get(name) else []
        lines = LINE_END.split(text)
        if not lines[0].strip():
            raise ConfigError(f"{name}_FILE: expected the value in the first line, which is empty.")
        return lines

    def _file_text(self, name: str) -> str | None:
        path = self._env.get(f"{name}_FILE", "").strip()
        if not path:
            return None
        if self._env.get(name, "").strip():
            raise ConfigError(f"{name} and {name}_FILE are both set. Keep one.")
        try:
            return _decoded(Path(path).read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{name}_FILE: expected a readable text file, got {path} ({error})."
            ) from error

    def _text(self, name: str) -> str:
        try:
            self._env[name].encode()
        except UnicodeEncodeError as error:
            raise ConfigError(
                f"{name}: expected text in UTF-8, got bytes that are none."
            ) from error
        return self._env[name]

    def workers(self) -> str:
        """The worker count the platform asks gunicorn for."""
        return self._env.get("WEB_CONCURRENCY", "").strip() or "1"


def _check_together(settings: Settings, read: _Reader) -> None:
    if bool(settings.tls_cert_file) != bool(settings.tls_key_file):
        raise ConfigError("TLS_CERT_FILE and TLS_KEY_FILE: expected both or neither, got one.")
    if settings.identity_headers:
        _check_identity(settings)
    if settings.alert_exit > settings.alert_enter:
        raise ConfigError(
            f"ALERT_EXIT: expected at most ALERT_ENTER ({settings.alert_enter:g}), "
            f"got {settings.alert_exit:g}. An alert ends below where it begins."
        )
    if settings.redis_url:
        _check_cluster(settings)
    if read.workers() != "1":
        raise ConfigError(
            f"WEB_CONCURRENCY: expected 1 or unset, got {read.workers()}. One worker serves "
            "thousands of connections; for more, run several instances with REDIS_URL behind one "
            "proxy."
        )


def _check_cluster(settings: Settings) -> None:
    """Refuse processes that would not share what they must share."""
    if not settings.secret_key:
        raise ConfigError(
            "SECRET_KEY: expected with REDIS_URL, the same for every web instance and worker, got "
            "none. Sign-ins, addresses and messages are signed and sealed with it."
        )
    if not settings.database_url.startswith(("postgresql", "postgres:")):
        raise ConfigError(
            "DATABASE_URL: expected a PostgreSQL database with REDIS_URL, which all machines "
            "reach, such as postgresql+psycopg://user:password@host/evenkeel, got another one."
        )


def _identity_headers(read: _Reader) -> ProxyHeaders | None:
    user = read("AUTH_HEADER", parse_header_name, None)
    role = read("AUTH_ROLE_HEADER", parse_header_name, None)
    roles = read("AUTH_ROLE_MAP", parse_role_map, None)
    if (role and not user) or (roles and not role):
        raise ConfigError(
            "AUTH_HEADER, AUTH_ROLE_HEADER and AUTH_ROLE_MAP: expected each with those before it. "
            "Set them too, or leave it out."
        )
    if user and role and user.lower() == role.lower():
        raise ConfigError(
            f"AUTH_ROLE_HEADER: expected another header than AUTH_HEADER, got {role}."
        )
    return ProxyHeaders(user, role, roles or BY_NAME) if user else None


def _check_identity(settings: Settings) -> None:
    """Refuse to believe everybody about who they are."""
    if not settings.trusted_proxies:
        raise ConfigError(
            "AUTH_HEADER: expected TRUSTED_PROXIES=1 or more with it, got 0. Whoever sets the "
            "header is believed, so it may come from a proxy alone."
        )
    if any(network.prefixlen == 0 for network in settings.trusted_proxy_addresses):
        raise ConfigError(
            "TRUSTED_PROXY_ADDRESSES: expected the addresses of the proxies, got every address. "
            "With AUTH_HEADER anybody there signs in under any name."
        )


def _decoded(content: bytes) -> str:
    """Return a text as editors of any system write it; raises ValueError."""
    has_utf16_mark = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if has_utf16_mark else "utf-8-sig")
    if "\0" in text:
        raise ValueError("it holds a zero byte; save it as UTF-8")
    return text


def _existing_file(text: str) -> Path | None:
    if not Path(text).is_file():
        raise ValueError(f"an existing file, got {text!r}")
    return Path(text)

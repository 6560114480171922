"""Gathers what papers say of the running server."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from flask import current_app
from sqlalchemy.orm import Session

from webapp.core.papers import PaperCamera, PaperFacts
from webapp.core.purpose import Hold, Purpose
from webapp.storage.cameras import StoredCamera, list_cameras
from webapp.storage.controller import find_controller
from webapp.storage.purposes import purposes_or_holds
from webapp.storage.receivers import list_receivers
from webapp.storage.rules import list_rules
from webapp.storage.users import all_usernames
from webapp.web.services import current_services, utc_now

# Of the application's configuration, in days.
KEPT, LOG_KEPT = "RETENTION_DAYS", "AUDIT_RETENTION_DAYS"
# The most that the whole server shows, and its group floor.
DISCLOSED = "DISCLOSED_AT_MOST"
TOKEN_BYTES = 15


def paper_facts(work: Session) -> PaperFacts:
    """Return the facts of now."""
    services = current_services()
    runtime, rules = services.runtime, [stored.rule for stored in list_rules(work)]
    purposes = purposes_or_holds(work, utc_now())
    watched = [name for rule in rules if rule.is_enabled for name in rule.expressions]
    return PaperFacts(
        controller=find_controller(work),
        cameras=[
            paper_camera(each, purposes.get(each.setup.name))
            for each in list_cameras(work, services.sealer)
        ],
        classes=runtime.classes if runtime else (),
        watched=list(dict.fromkeys(watched)),
        receivers=[each.receiver.name for each in list_receivers(work)],
        users=len(all_usernames(work)),
        kept_for=timedelta(days=current_app.config[KEPT]),
        log_kept_for=timedelta(days=current_app.config[LOG_KEPT]),
    )


def paper_camera(stored: StoredCamera, found: Purpose | Hold | None) -> PaperCamera:
    """Return a camera as papers describe it, with a purpose where one holds."""
    setup = stored.setup
    return PaperCamera(
        name=setup.name,
        title=setup.title,
        is_enabled=stored.is_enabled,
        is_room=setup.is_room,
        is_masked=bool(setup.mask),
        disclosure=setup.disclosure.within(*current_app.config[DISCLOSED]),
        purpose=found if isinstance(found, Purpose) else None,
    )


def notice_token(camera: str) -> str:
    """Return what names a camera's public notice, and tells a stranger nothing.

    It stays the same as long as the SECRET_KEY and the camera's name do.
    """
    key: str = current_app.config["SECRET_KEY"]
    digest = hmac.digest(key.encode(), f"notice of {camera}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

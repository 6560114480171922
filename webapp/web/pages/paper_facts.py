"""Gathers what papers say of the running server."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta

from flask import current_app
from sqlalchemy.orm import Session

from webapp.core.papers import PaperCamera, PaperFacts, StatedPurpose
from webapp.storage.cameras import StoredCamera, list_cameras
from webapp.storage.controller import find_controller
from webapp.storage.receivers import list_receivers
from webapp.storage.rules import list_rules
from webapp.storage.users import all_usernames
from webapp.web.services import current_services

# Of the application's configuration, in days.
KEPT, LOG_KEPT = "RETENTION_DAYS", "AUDIT_RETENTION_DAYS"
TOKEN_BYTES = 15


def paper_facts(work: Session) -> PaperFacts:
    """Return the facts of now."""
    services = current_services()
    runtime, rules = services.runtime, [stored.rule for stored in list_rules(work)]
    watched = [name for rule in rules if rule.is_enabled for name in rule.expressions]
    return PaperFacts(
        controller=find_controller(work),
        cameras=[paper_camera(work, each) for each in list_cameras(work, services.sealer)],
        classes=runtime.classes if runtime else (),
        watched=list(dict.fromkeys(watched)),
        receivers=[each.receiver.name for each in list_receivers(work)],
        users=len(all_usernames(work)),
        kept_for=timedelta(days=current_app.config[KEPT]),
        log_kept_for=timedelta(days=current_app.config[LOG_KEPT]),
    )


def paper_camera(work: Session, stored: StoredCamera) -> PaperCamera:
    """Return a camera as papers describe it."""
    setup = stored.setup
    return PaperCamera(
        name=setup.name,
        title=setup.title,
        is_enabled=stored.is_enabled,
        is_room=setup.is_room,
        is_masked=bool(setup.mask),
        purpose=stated_purpose(work, setup.name),
    )


def stated_purpose(work: Session, camera: str) -> StatedPurpose | None:
    """Return the purpose of a camera; None where none was stated, and papers leave it blank."""
    return None


def notice_token(camera: str) -> str:
    """Return what names a camera's public notice, and tells a stranger nothing.

    It stays the same as long as the SECRET_KEY and the camera's name do.
    """
    key: str = current_app.config["SECRET_KEY"]
    digest = hmac.digest(key.encode(), f"notice of {camera}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

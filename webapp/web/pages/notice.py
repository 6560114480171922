"""The public page about a camera, whose link hangs beside it."""

import hmac

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.storage.cameras import list_cameras
from webapp.web.access.permissions import Audience, needs
from webapp.web.pages.paper_facts import notice_token, paper_facts
from webapp.web.services import current_database, current_services

bp = Blueprint("notice", __name__, url_prefix="/notice")


@bp.get("/<token>")
@needs(Audience.EVERYBODY)
def page(token: str) -> ResponseReturnValue:
    """Say what is read, why, by whom and how to object; the same to anybody."""
    with current_database().session() as work:
        for stored in list_cameras(work, current_services().sealer):
            if hmac.compare_digest(notice_token(stored.setup.name).encode(), token.encode()):
                facts = paper_facts(work)
                break
        else:
            raise NotFound("There is no notice of this address. Look whether it is complete.")
    camera = next(each for each in facts.cameras if each.name == stored.setup.name)
    return render_template("notice.html", facts=facts, camera=camera)

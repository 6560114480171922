"""Files that are being read now, for admins: whose each is, never its name."""

from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.core.access import Permission
from webapp.core.errors import BusyError
from webapp.core.jobs import JobStatus
from webapp.storage.audit import note
from webapp.storage.users import usernames
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.services import current_analysis, current_database, current_services, utc_now

bp = Blueprint("admin_files", __name__, url_prefix="/admin/files")


@dataclass(frozen=True)
class FileGoingOn:
    """One file that is being read."""

    owner: int
    username: str
    status: JobStatus


def files_going_on(work: Session) -> list[FileGoingOn]:
    """Return what is being read, oldest first; nothing while nobody can say."""
    analysis = current_services().analysis
    try:
        jobs = analysis.going_on() if analysis else []
    except BusyError:
        jobs = []
    names = usernames(work, {job.owner for job in jobs})
    return [FileGoingOn(job.owner, names.get(job.owner, ""), job.status) for job in jobs]


@bp.post("/<int:owner>/<job_id>/cancel")
@needs(Permission.ADMINISTER)
def cancel(owner: int, job_id: str) -> ResponseReturnValue:
    """Cancel the reading of a file that a user handed in; one that ended meanwhile is left."""
    with suppress(KeyError):
        current_analysis().forget(owner, job_id)
        with current_database().session() as work:
            details = {"of": usernames(work, {owner}).get(owner, "")}
            note(work, current_sign_in().user.username, "analysis cancelled", details, utc_now())
    return redirect(url_for("admin.index", _anchor="files"), code=303)

"""Pictures and videos that users hand in: taken, reported on, handed out and deleted."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import (
    Conflict,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableEntity,
)

from webapp.bus.json_codec import to_json
from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.core.errors import (
    DetectorError,
    EvenkeelError,
    JobLimitError,
    ModelError,
    PictureError,
    SourceError,
    TooLargeError,
)
from webapp.core.jobs import JobState, JobStatus, Upload
from webapp.core.ports import AnalysisResult
from webapp.storage.audit import note
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.api.uploads import (
    extension_of,
    sender_watch,
    uploaded_chunks,
    uploaded_id,
    uploaded_name,
)
from webapp.web.export_notes import note_export
from webapp.web.services import RETRY_AFTER_S, current_analysis, current_database, utc_now

bp = Blueprint("analyse_api", __name__, url_prefix="/api/analyse")
EXPORTS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@bp.post("")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def submit() -> ResponseReturnValue:
    """Take the body as a file; a picture is answered with its result, a video with its job."""
    owner = current_sign_in().user
    upload = Upload(uploaded_name(), uploaded_chunks(), uploaded_id(), sender_watch())
    try:
        status = current_analysis().submit(owner.id, upload)
    except EvenkeelError as error:
        raise _refusal(error) from error
    _note_analysis(owner.username, status)
    return jsonify(_as_json(status)), 200 if status.is_over else 202


@bp.get("")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def jobs() -> ResponseReturnValue:
    """List what the user handed in and is not forgotten yet, newest first."""
    listed = current_analysis().jobs(current_sign_in().user.id)
    return jsonify(jobs=[to_json(status) for status in listed])


@bp.get("/<job_id>")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def job(job_id: str) -> ResponseReturnValue:
    """Return how a job is doing and, when it is done, what was read."""
    try:
        return jsonify(_as_json(current_analysis().find(current_sign_in().user.id, job_id)))
    except KeyError as error:
        raise _unknown() from error


@bp.delete("/<job_id>")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def forget(job_id: str) -> ResponseReturnValue:
    """Cancel a job that is going on, and delete what is kept of it."""
    try:
        current_analysis().forget(current_sign_in().user.id, job_id)
    except KeyError as error:
        raise _unknown() from error
    return "", 204


@bp.get("/<job_id>/picture.jpg")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def picture(job_id: str) -> ResponseReturnValue:
    """Show the annotated picture; of a video its picture of the highest indicator."""
    return Response(_result(job_id).picture_jpeg, content_type="image/jpeg")


@bp.get("/<job_id>/newest.jpg")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def newest(job_id: str) -> ResponseReturnValue:
    """Show the newest annotated picture of a video that is being read."""
    try:
        jpeg = current_analysis().preview_jpeg(current_sign_in().user.id, job_id)
    except KeyError as error:
        raise _unknown() from error
    if jpeg is None:
        raise NotFound("No picture has been read yet.")
    return Response(jpeg, content_type="image/jpeg")


@bp.get("/<job_id>/result.<form>")
@needs(Permission.ANALYSE, token=TokenScope.FILES)
def export(job_id: str, form: str) -> ResponseReturnValue:
    """Hand the result out as a file."""
    if form not in EXPORTS:
        raise NotFound(f"Results are handed out as {' or '.join(EXPORTS)}.")
    result = _result(job_id)
    note_export("reading exported", {"format": form})
    answer = Response(result.export(form), content_type=EXPORTS[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="evenkeel-analysis.{form}"'
    return answer


def _result(job_id: str) -> AnalysisResult:
    try:
        result = current_analysis().result(current_sign_in().user.id, job_id)
    except KeyError as error:
        raise _unknown() from error
    if result is None:
        raise Conflict("This analysis is not done; ask again when its state is done.")
    return result


def _as_json(status: JobStatus) -> dict[str, Any]:
    """Return the status and, once there is one, the result."""
    payload = to_json(status)
    if status.state == JobState.DONE:
        payload["result"] = to_json(_result(status.id).as_message())
    return payload


def _note_analysis(username: str, status: JobStatus) -> None:
    """Write down who had what kind of file read; never its name."""
    details = {
        "kind": status.kind,
        "bytes": status.size_bytes,
        "extension": extension_of(status.name),
    }
    with current_database().session() as work:
        note(work, username, "file analysed", details, utc_now())


def _unknown() -> NotFound:
    return NotFound("There is no such analysis; results are deleted after some minutes.")


def _refusal(error: EvenkeelError) -> HTTPException:
    text = str(error)
    if isinstance(error, JobLimitError):
        return TooManyRequests(text, retry_after=RETRY_AFTER_S)
    if isinstance(error, TooLargeError):
        return RequestEntityTooLarge(text)
    if isinstance(error, PictureError | SourceError):
        return UnprocessableEntity(text)
    if isinstance(error, DetectorError | ModelError):
        return ServiceUnavailable(text)
    raise error

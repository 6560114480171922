"""What a schedule means that somebody is typing, for the week that can be clicked."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from webapp.core.access import Permission
from webapp.core.schedule import format_schedule, parse_schedule
from webapp.web.access.permissions import needs

bp = Blueprint("schedules", __name__, url_prefix="/api/schedule")
MOST_CHARACTERS = 2000


@bp.get("")
@needs(Permission.ADMINISTER)
def read() -> ResponseReturnValue:
    """Return the windows of the schedule `text`, days from 0 (Monday) to 6, or the `fault` in it.

    A fault is no error: whoever types has not finished.
    """
    text = request.args.get("text", "")
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(f"Expected at most {MOST_CHARACTERS} characters, got {len(text)}.")
    try:
        schedule = parse_schedule(text)
    except ValueError as error:
        return jsonify(fault=f"Expected {error}.")
    windows = [
        {"days": sorted(each.days), "start": each.start_minute, "end": each.end_minute}
        for each in schedule.windows
    ]
    return jsonify(text=format_schedule(schedule), windows=windows)

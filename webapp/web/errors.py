"""Errors as pages for people and JSON for programs."""

import logging

from flask import Flask, flash, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from webapp.core.errors import BusyError, StorageError, ViewerLimitError
from webapp.web.access.guard import LOGOUT
from webapp.web.access.redirects import referring_page
from webapp.web.negotiation import asks_for_page
from webapp.web.services import RETRY_AFTER_S

logger = logging.getLogger(__name__)
TITLES = {
    400: "The server cannot use this",
    401: "Sign in first",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This is not possible here",
    409: "Nothing was changed",
    413: "This is too large",
    414: "This address is too long",
    415: "The server cannot use this",
    429: "Too many at once",
    500: "Something went wrong",
    503: "Not possible at the moment",
}
# Instead of the framework's sentences, where nobody says more.
MESSAGES = {
    400: "The request could not be understood; nothing was changed.",
    404: "The address may be mistyped, or what was here has been removed.",
    405: "This address does not take such a request.",
    413: "More was sent than the server takes.",
    414: "The address is longer than the server reads.",
    415: "The server does not take what was sent in this form.",
}
# Of a form that somebody else has overtaken.
OVERTAKEN = (404, 409)
REFUSED = "refused"


def init_errors(app: Flask) -> None:
    """Answer every error in the form that was asked for."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(InternalServerError, _answer_unexpected)
    app.register_error_handler(StorageError, _answer_storage)
    app.register_error_handler(BusyError, _answer_later)
    app.register_error_handler(ViewerLimitError, _answer_later)


def _answer(error: HTTPException) -> ResponseReturnValue:
    response = error.get_response()
    if error.code is None or error.code < 400:
        return response
    if isinstance(error, CSRFError) and request.endpoint == LOGOUT and asks_for_page():
        # An old page wants to sign out: it is asked whether the user does.
        return redirect(request.script_root + request.full_path.rstrip("?"), code=303)
    if way_back := _way_back(error.code):
        flash(_message(error), REFUSED)
        return redirect(way_back, code=303)
    answer = make_response(_body(error, error.code), error.code)
    for name, value in response.headers:
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _body(error: HTTPException, code: int) -> ResponseReturnValue:
    if not asks_for_page():
        return jsonify(code=code, title=error.name, message=_message(error))
    title = TITLES.get(code, error.name)
    return render_template("error.html", code=code, title=title, message=_message(error))


def _message(error: HTTPException) -> str:
    if error.description == type(error).description:
        return MESSAGES.get(error.code or 0, error.description or "")
    return error.description or ""


def _way_back(code: int) -> str | None:
    """Return the page whose form somebody else has overtaken; it can say so where it stands."""
    if request.method != "POST" or code not in OVERTAKEN or not asks_for_page():
        return None
    return referring_page(request.referrer, request.host)


def _answer_unexpected(_error: InternalServerError) -> ResponseReturnValue:
    # Flask has logged the cause, which is not for the reader.
    return _answer(InternalServerError("Something went wrong; the server's log says what."))


def _answer_storage(error: StorageError) -> ResponseReturnValue:
    logger.error("%s (%s)", error, error.__cause__)
    return _answer_later(error)


def _answer_later(error: Exception) -> ResponseReturnValue:
    return _answer(ServiceUnavailable(str(error), retry_after=RETRY_AFTER_S))

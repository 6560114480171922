"""Errors as pages for people and JSON for programs."""

import logging

from flask import Flask, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from webapp.core.errors import BusyError, StorageError, ViewerLimitError
from webapp.web.negotiation import asks_for_page
from webapp.web.services import RETRY_AFTER_S

logger = logging.getLogger(__name__)


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
    details = {"code": error.code, "title": error.name, "message": error.description or ""}
    body = render_template("error.html", **details) if asks_for_page() else jsonify(details)
    answer = make_response(body, error.code)
    for name, value in response.headers:
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _answer_unexpected(_error: InternalServerError) -> ResponseReturnValue:
    # Flask has logged the cause, which is not for the reader.
    return _answer(InternalServerError("Something went wrong; the server's log says what."))


def _answer_storage(error: StorageError) -> ResponseReturnValue:
    logger.error("%s (%s)", error, error.__cause__)
    return _answer_later(error)


def _answer_later(error: Exception) -> ResponseReturnValue:
    return _answer(ServiceUnavailable(str(error), retry_after=RETRY_AFTER_S))

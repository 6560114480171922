"""How every process of the server logs: in text for people, or in JSON for what collects logs."""

import json
import logging
from datetime import UTC, datetime

from webapp.core.utc import iso_utc

JSON = "json"
TEXT_FORMAT = "%(asctime)s %(levelname)s %(message)s"
# How a message about a camera begins.
OF_CAMERA = "camera %s"


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line, with the camera where the message is about one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        line = {
            "time": iso_utc(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        arguments = record.args
        if str(record.msg).startswith(OF_CAMERA) and isinstance(arguments, tuple) and arguments:
            line["camera"] = str(arguments[0])
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(log_format: str) -> None:
    """Log to the standard error output from now on, unless somebody set up logging before.

    Args:
        log_format: one of `config.LOG_FORMATS`.
    """
    handler = logging.StreamHandler()
    is_json = log_format == JSON
    handler.setFormatter(JsonFormatter() if is_json else logging.Formatter(TEXT_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])

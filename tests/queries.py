"""Engines that share what SQLAlchemy compiles."""

from typing import Any

from sqlalchemy import URL, Dialect, Engine, create_engine, event

_COMPILED: dict[Any, Any] = {}
_CONNECTED: dict[str, Dialect] = {}


def create_remembering_engine(url: URL, **options: Any) -> Engine:
    """Make an engine that compiles no query which another one has compiled.

    What is compiled is kept by engine and by dialect, and every test has a database of its own.
    """
    engine = create_engine(url, **options)
    engine.update_execution_options(compiled_cache=_COMPILED)
    if engine.driver in _CONNECTED:
        engine.dialect = _CONNECTED[engine.driver]
    else:
        event.listen(engine, "connect", lambda *_: _remember(engine))
    return engine


def _remember(engine: Engine) -> None:
    # From the first connection on a dialect knows what its database can do.
    _CONNECTED.setdefault(engine.driver, engine.dialect)

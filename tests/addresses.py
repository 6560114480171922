"""The addresses of an application, quicker to make for the next one."""

from collections.abc import Callable
from typing import ClassVar

from werkzeug.routing import Rule


class RememberedRule(Rule):
    """Compiles the function that builds an address once: it takes its converters from the rule.

    That is nine tenths of making an application, and every test has one of its own.
    """

    _builders: ClassVar[dict[str, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        told = repr((self.rule, self.subdomain, self.host, self.defaults, append_unknown))
        if told not in self._builders:
            self._builders[told] = super()._compile_builder(append_unknown)
        return self._builders[told]

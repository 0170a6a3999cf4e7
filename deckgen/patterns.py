"""Patterns that most runs never look for: `later` in place of `re.compile`, which takes as long as to check a note."""

from __future__ import annotations

import re
from typing import Any, cast


def later(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled when it is first asked for something."""
    return cast("re.Pattern[str]", _Later(pattern, flags))


class _Later:
    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - those of `re.compile`
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        found = getattr(re.compile(*self._arguments), name)
        setattr(self, name, found)  # so that it is asked once
        return found

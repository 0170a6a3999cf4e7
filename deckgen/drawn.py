"""What comes of figures: images. Apart from what draws them, which takes longer to import than an edit to build."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from deckgen.diagnostics import Diagnostic
    from deckgen.notes import Location, Picture

Place = tuple[str, int]
"""A document's path, and a note's place in it from 0."""


class Drawn(NamedTuple):
    """An image."""

    data: bytes
    """UTF-8 SVG or PNG: the same bytes for the same drawing on the same machine, an SVG the same on every machine."""
    extension: str
    """`.svg` or `.png`."""
    warning: str = ""
    """Why this is an SVG although a PNG was asked for; empty otherwise. To be told with the code `no-cjk-font`."""


class Drawings(NamedTuple):
    """Every figure of a project; by default there is none."""

    pictures: Mapping[Location, Picture] = MappingProxyType({})
    """By the place of the figure's declaration."""
    attached: Mapping[Place, tuple[Picture, ...]] = MappingProxyType({})
    """By the note that they are attached to."""
    contents: Mapping[str, bytes] = MappingProxyType({})
    """By name in Anki's media folder."""
    files: Mapping[Path, Picture] = MappingProxyType({})
    """Figures of deckgen.toml by their file, which notes may use as an image."""
    new: Mapping[Path, bytes] = MappingProxyType({})
    """What was drawn now, by the file it belongs in; empty without a project, which has no media folder."""
    warnings: tuple[Diagnostic, ...] = ()
    """Of figures that could not be drawn as they were asked for."""
    by_digest: Mapping[str, Drawn] = MappingProxyType({})
    """What the media folder does not hold, for the next build of the same run."""

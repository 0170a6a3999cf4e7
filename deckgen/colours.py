"""Colours as `#rrggbb`: how much two of them contrast, and a shade of one that is legible."""

from __future__ import annotations

import colorsys

LEGIBLE = 4.5
"""The least contrast of text with its ground (WCAG 2.1, level AA)."""


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """`share` of the one colour, from 0 to 1, laid over the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _named([share * a + (1 - share) * b for a, b in pairs])


def legible(colour: str, ground: str, *, darker: bool) -> str:
    """The colour, or the nearest darker (or lighter) shade of it that text on this ground can have."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    end = 0.0 if darker else 1.0
    while contrast(colour, ground) < LEGIBLE and lightness != end:
        lightness = max(0, lightness - 0.01) if darker else min(1, lightness + 0.01)
        colour = _named(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def _channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue, each from 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _named(channels: tuple[float, ...] | list[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))  # noqa: PLR2004 - sRGB
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

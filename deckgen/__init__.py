"""deckgen compiles Markdown study notes to Anki decks; `docs/architecture.md` shows what goes where.

As a library: `deckgen.build.build(config)` gives a `Build` without printing or writing anything.
"""

__version__ = "0.1.0"

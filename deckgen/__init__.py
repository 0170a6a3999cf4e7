"""deckgen compiles Markdown study notes to Anki decks.

The flow goes one way, and each stage is a file:

    config     deckgen.toml and the command line → Config
    syntax     what an author may type, one file a construct → tokens
    parse      a file's text → ParsedDocument with its ParsedNotes
    lint       ParsedDocuments → Diagnostics, all of them in one run
    render     ParsedNote → Note: its HTML, with marks for what is not known yet
    documents  files → Documents: the above, in several processes or from the cache
    identity   Notes → GUID, cloze ordinals, position, time
    figures    figure blocks → drawn SVG
    media      image references → files that may travel, under names that Anki keeps
    fields     Note + Identity → AnkiNote
    cards      AnkiNote → a card's HTML, exactly as Anki shows it
    targets    Deck → .apkg or readable text
    build      all of the above, on one page
    cli        the only file that prints or exits

As a library: `deckgen.build.build(config)` gives a `Build` without printing or writing anything.
"""

__version__ = "0.1.0"

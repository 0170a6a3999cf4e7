"""How fast deckgen is, against floors and neighbours measured in the same run: `make bench`.

    notes.py      the notes that are built, generated or cut from real prose
    projects.py   those notes as a project of deckgen, and in the syntax of markdown-anki-decks
    floor.py      the least that a build can do: a C parser, one bulk insert, one stored zip
    figures.py    the least that drawing can do: import matplotlib, draw
    stock.py      genanki's own package of the same notes
    measure.py    whole processes, alternating: wall time and peak memory
    rows.py       the rows of the table, each with its target; ROWS lists them
    __main__.py   the command line

Everything is written into a temporary folder.
"""

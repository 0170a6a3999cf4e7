"""`deckgen preview`: the page on which a person sees every card before importing.

live.py builds the notes anew at each change, site.py makes of a build the files of a site, server.py shows them on this
machine, and static.py writes them into a folder. page.html, page.css and page.js are the page itself; math.py typesets
its formulas.
"""

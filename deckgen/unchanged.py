"""All that a build read → whether the next one has anything to do.

After a build, what the next one would say is kept together with a hash of all that it would read: the notes, the
configuration, the templates, images, drawings and data of figures, the ledger and the package. Content is compared,
never times: two saves may have the same.
"""

from __future__ import annotations

import marshal
import operator
import os
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deckgen import documents, files, ledger
from deckgen.diagnostics import of_record, record
from deckgen.hashes import blake2b
from deckgen.notes import Image, Location
from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from deckgen.build import Build, Compiled, Written
    from deckgen.cache import Cache
    from deckgen.config import Config
    from deckgen.diagnostics import Diagnostic

NAME = "build"
"""Under which it is kept; no document is called so."""
ONCE = ("identity-guess", "number-taken", "other-fields", "lost-ledger", "no-cjk-font")
"""Warnings of what a build did, which the next one does not do again."""


class Said(NamedTuple):
    """What a build said when it was done."""

    told: tuple[tuple[Diagnostic, str], ...]
    """Each warning, with the text that says it."""
    made: str
    """How much was made."""
    lines: tuple[str, ...]
    """What else there is to know."""


class Seen(NamedTuple):
    """What a build finds, from before it begins to read: what is saved meanwhile is for the next one."""

    sources: tuple[Path, ...]
    passed_over: tuple[Diagnostic, ...]
    """As `files.find`."""
    templates: tuple[tuple[Path, bytes], ...] | None
    """Every file of the templates' folder, with its hash; None where links in it lead elsewhere."""


class Recalled(NamedTuple):
    """What is known before a build."""

    seen: Seen | None = None
    """None where nobody asked what the last build said, and nothing will be kept of this one."""
    said: Said | None = None
    """What it would say, if it would come to the same as the last."""
    digests: Mapping[Path, bytes] = MappingProxyType({})
    """As `documents.digest`, of files that were looked at for that."""


def look(config: Config) -> Seen:
    """What a build will find."""
    sources, passed_over = files.find(config)
    return Seen(sources, tuple(passed_over), _templates(config.templates_folder))


def _templates(folder: Path) -> tuple[tuple[Path, bytes], ...] | None:
    found: list[tuple[Path, bytes]] = []
    for parent, folders, names in os.walk(folder):
        if any(Path(parent, name).is_symlink() for name in folders):
            return None
        folders.sort()
        paths = [Path(parent, name) for name in sorted(names)]
        found += [(path, files.digest(path)) for path in paths if path.is_file()]  # a pipe has no end
    return tuple(found)


def recall(config: Config, seen: Seen, output: Path, cache: Cache, *, strict: bool) -> Recalled:
    """Whether this build would come to the same as the last."""
    digests: dict[Path, bytes] = {}
    question = _question(config, seen, output, _contents(seen.sources, config, digests), strict=strict)
    kept = cache.get(NAME, question) if question else None
    if kept is None:
        return Recalled(seen, None, digests)
    used, told, made, lines = kept
    if not _are_the_same(used, config):
        return Recalled(seen, None, digests)
    return Recalled(seen, Said(tuple((of_record(one), text) for one, text in told), made, lines), digests)


def _contents(sources: Iterable[Path], config: Config, digests: dict[Path, bytes]) -> Iterator[bytes]:
    for file in sources:
        data, problems = files.raw(file)
        digest = documents.digest(file, data, config)
        if not problems:
            digests[file] = digest
        yield digest


def remember(  # noqa: PLR0913, PLR0917 - each is another kind of thing
    made: Build, compiled: Compiled, seen: Seen, written: Written, cache: Cache, said: Said, *, strict: bool
) -> None:
    """Keep what the next build will say, and what it need not make again, after this one has been written."""
    from deckgen import earlier  # noqa: PLC0415 - many builds have nothing to do

    config = made.config
    looks = {name: compiled.ledger.note_types[name] for name in made.templates.note_types}
    if config.whole:
        ours = (NAME, earlier.IN_CACHE, *ledger.names_in_cache(len(compiled.ledger.known)))
        cache.keep([*documents.names_in_cache(seen.sources, config), *ours])
    if written.ledger:
        following = compiled.following._replace(common=earlier.common(written.ledger, config, looks))
        earlier.remember(following, written.package, cache)
    just_written = {config.root / ledger.NAME: written.ledger, written.output: written.package}
    question = _question(config, seen, written.output, made.digests, just_written, strict=strict)
    used = _used(made, compiled) if question and _will_come_again(made, compiled) else None
    if question and used:
        told = [(record(diagnostic), text) for diagnostic, text in said.told]
        cache.put(NAME, question, marshal.dumps((used, told, said.made, said.lines)))


def _will_come_again(made: Build, compiled: Compiled) -> bool:
    """Whether the next build of the same notes comes to the same package for certain, and needs nothing but them."""
    positions = [one.position for d in made.documents for one in made.given[d.path] if one]
    rising = all(map(operator.lt, positions, positions[1:]))
    once = any(diagnostic.code in ONCE for diagnostic in made.diagnostics)
    settled = all(question for question, _ in compiled.following.parts.values())
    config = made.config
    return rising and settled and not once and not made.elsewhere and config.whole and config.remote == "link"


def _question(  # noqa: PLR0913 - as above
    config: Config,
    seen: Seen,
    output: Path,
    contents: Iterable[bytes],
    known: Mapping[Path, bytes] = MappingProxyType({}),
    *,
    strict: bool,
) -> bytes | None:
    """A hash of all that a build reads, but for what notes and figures refer to; None where there is no earlier build.
    `known` are hashes of files, as `files.digest`.
    """
    read = [config.root / ledger.NAME, output]
    if seen.templates is None or ledger.is_pending(config.root) or not all(file.is_file() for file in read):
        return None
    hashes = dict(known)
    threads = [Thread(target=_hash_into, args=(hashes, file)) for file in read if file not in known]
    for thread in threads:
        thread.start()  # of 20,000 notes these are 17 MB, and Python is free while they are hashed: 30 ms less
    about = (config, seen, strict, os.environ.get("SOURCE_DATE_EPOCH"), read, os.getcwd())  # noqa: PTH109 - files are named from there
    found = blake2b(repr(about).encode("utf-8", "surrogatepass"), digest_size=32)
    for content in contents:
        found.update(content)
    for thread in threads:
        thread.join()
    for file in read:
        found.update(hashes[file])
    return found.digest()


def _hash_into(hashes: dict[Path, bytes], file: Path) -> None:
    hashes[file] = files.digest(file)


def _used(made: Build, compiled: Compiled) -> tuple[Any, ...] | None:
    """What notes and figures refer to, what was found for it, and a hash of each file; None where a file is another by
    now than the build saw.
    """
    from deckgen import media  # noqa: PLC0415 - many builds have nothing to do

    images = [
        (path, (image.source, image.anywhere, image.sound, image.where.path, image.where.line, image.where.column))
        for path, image in media.references(made.documents)
    ]
    data = [(str(folder), reference, content) for p in made.planned for folder, reference, content in p.data]
    drawings = {(made.config.media_folder / p.name).resolve() for p in made.planned}
    packed = compiled.deck.media
    found = _found(images, made.config)
    if not _was_found(made, *found):
        return None
    hashes = {}
    for file in {*made.images.values(), *drawings}:
        content, wrong = files.raw(file)
        if wrong or media.name(file.name, _as_packed(content, drawn=file in drawings)) not in packed:
            return None
        hashes[str(file)] = files.hashed(content)
    return images, data, found, hashes


def _was_found(made: Build, paths: Sequence[tuple[str, str, str]], problems: Sequence[tuple[str, str]]) -> bool:
    """Whether the build found the same."""
    told = {str(diagnostic) for diagnostic in made.diagnostics}
    return sorted(paths) == sorted((*reference, str(file)) for reference, file in made.images.items()) and all(
        problem in told for code, problem in problems if code not in made.config.ignore
    )


def _as_packed(content: bytes, *, drawn: bool) -> bytes:
    if not drawn:
        return content
    from deckgen import figures  # noqa: PLC0415 - only those who have some pay for it

    return figures.without_digest(content)


def _found(images: Iterable[Any], config: Config) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """The file of each image, and what is wrong with the others, with its code."""
    from deckgen import media  # noqa: PLC0415 - as above

    references = [
        (path, Image(source, Location(*where), anywhere, sound)) for path, (source, anywhere, sound, *where) in images
    ]
    by_reference, diagnostics = media.find(references, config)
    paths = [(path, source, str(file)) for (path, source), file in by_reference.items()]
    return paths, [(one.code, str(one)) for one in diagnostics]


def _are_the_same(used: tuple[Any, ...], config: Config) -> bool:
    images, data, found, hashes = used
    if images and _found(images, config) != found:
        return False
    return all(_is_the_same_data(config, *one) for one in data) and all(
        files.digest(Path(file)) == known for file, known in hashes.items()
    )


def _is_the_same_data(config: Config, folder: str, reference: str, content: bytes) -> bool:
    from deckgen import media  # noqa: PLC0415 - as above

    file = media.data_file(Path(folder), config, reference)
    return not isinstance(file, str) and files.digest(file) == content

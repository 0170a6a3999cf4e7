"""All that a build read → whether the next one has anything to do.

After a build, what the next one would say is kept together with a hash of all that it would read: the notes, the
configuration, the templates, images, drawings and data of figures, the ledger and the package. Content is compared,
never times: two saves may have the same.
"""

from __future__ import annotations

import hashlib
import marshal
import os
from itertools import pairwise
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from deckgen import documents, files, ledger
from deckgen.diagnostics import of_record, record
from deckgen.notes import Image, Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from deckgen.build import Build, Written
    from deckgen.cache import Cache
    from deckgen.config import Config
    from deckgen.diagnostics import Diagnostic

NAME = "build"
"""Under which it is kept; no document is called so."""
ONCE = ("identity-guess", "other-fields", "no-cjk-font")
"""Warnings of what a build did, which the next one does not do again."""


class Said(NamedTuple):
    """What a build said when it was done."""

    told: tuple[tuple[Diagnostic, str], ...]
    """Each warning, with the text that says it."""
    made: str
    """How much was made."""
    lines: tuple[str, ...]
    """What else there is to know."""


class Recalled(NamedTuple):
    """What is known before a build."""

    said: Said | None
    """What it would say, if it would come to the same as the last."""
    digests: Mapping[Path, bytes]
    """As `documents.digest`, of files that were looked at for that."""


def recall(config: Config, output: Path, cache: Cache, *, strict: bool) -> Recalled:
    """Whether this build would come to the same as the last."""
    found, passed_over = files.find(config)
    digests: dict[Path, bytes] = {}
    question = _question(config, (strict, *passed_over), output, _contents(found, config, digests))
    kept = cache.get(NAME, question) if question else None
    if kept is None:
        return Recalled(None, digests)
    used, told, made, lines = kept
    if not _are_the_same(used, config):
        return Recalled(None, digests)
    return Recalled(Said(tuple((of_record(one), text) for one, text in told), made, lines), digests)


def _contents(sources: Iterable[Path], config: Config, digests: dict[Path, bytes]) -> Iterator[bytes]:
    for file in sources:
        data, problems = files.raw(file)
        digest = documents.digest(file, data, config)
        if not problems:
            digests[file] = digest
        yield digest


def remember(made: Build, written: Written, cache: Cache, said: Said, *, strict: bool) -> None:
    """Keep what the next build will say, and what it need not make again, after this one has been written."""
    from deckgen import parts  # noqa: PLC0415 - many builds have nothing to do

    config, looks = made.config, made.ledger.note_types
    sources, passed_over = files.find(config)
    if config.whole:
        ours = (NAME, parts.IN_CACHE, *ledger.names_in_cache(len(made.ledger.known)))
        cache.keep([*documents.names_in_cache(sources, config), *ours])
    key = ledger.digest(made.ledger)
    if written.remembered and made.following:
        ledger.remember(made.ledger, key, cache)
        parts.remember(made.following, parts.common(written.package, key, config, looks), cache)
    just_written = {config.root / ledger.NAME: key, written.output: written.package}
    question = _question(config, (strict, *passed_over), written.output, made.digests, just_written)
    used = _used(made) if question and _will_come_again(made) else None
    if question and used:
        told = [(record(diagnostic), text) for diagnostic, text in said.told]
        cache.put(NAME, question, marshal.dumps((used, told, said.made, said.lines)))


def _will_come_again(made: Build) -> bool:
    """Whether the next build of the same notes comes to the same package for certain, and needs nothing but them."""
    positions = [one.position for d in made.documents for one in made.given[d.path] if one]
    rising = all(before < after for before, after in pairwise(positions))
    once = any(diagnostic.code in ONCE for diagnostic in made.diagnostics)
    settled = made.following is not None and all(question for question, _ in made.following.parts.values())
    config = made.config
    return rising and settled and not once and config.whole and config.remote == "link"


def _question(
    config: Config,
    asked: object,
    output: Path,
    contents: Iterable[bytes],
    known: Mapping[Path, bytes] = MappingProxyType({}),
) -> bytes | None:
    """A hash of all that a build reads, but for what notes and figures refer to; None where there is no earlier build.
    `asked` is what else it depends on; `known` are hashes of files, as `files.digest`.
    """
    read = [config.root / ledger.NAME, output, *_files(config.templates_folder)]
    if ledger.is_pending(config.root) or not all(file.is_file() for file in read):  # a pipe has no end
        return None
    hashes = dict(known)
    threads = [Thread(target=_hash_into, args=(hashes, file)) for file in read[:2] if file not in known]
    for thread in threads:
        thread.start()  # of 20,000 notes these are 17 MB, and Python is free while they are hashed: 30 ms less
    about = (config, asked, os.environ.get("SOURCE_DATE_EPOCH"), read, os.getcwd())  # noqa: PTH109 - files are named from there
    found = hashlib.blake2b(repr(about).encode("utf-8", "surrogatepass"), digest_size=32)
    for content in (*contents, *map(files.digest, read[2:])):
        found.update(content)
    for thread in threads:
        thread.join()
    for file in read[:2]:
        found.update(hashes[file])
    return found.digest()


def _hash_into(hashes: dict[Path, bytes], file: Path) -> None:
    hashes[file] = files.digest(file)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (folder / parent / name for name in sorted(names))


def _used(made: Build) -> tuple[Any, ...] | None:
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
    packed = made.deck.media if made.deck else {}
    hashes = {}
    for file in {*made.images.values(), *drawings}:
        content, problems = files.raw(file)
        if problems or media.name(file.name, _as_packed(content, drawn=file in drawings)) not in packed:
            return None
        hashes[str(file)] = files.hashed(content)
    return images, data, _found(images, made.config), hashes


def _as_packed(content: bytes, *, drawn: bool) -> bytes:
    if not drawn:
        return content
    from deckgen import figures  # noqa: PLC0415 - only those who have some pay for it

    return figures.without_digest(content)


def _found(images: Iterable[Any], config: Config) -> tuple[list[tuple[str, str, str]], list[str]]:
    """The file of each image, and what is wrong with the others."""
    from deckgen import media  # noqa: PLC0415 - as above

    references = [
        (path, Image(source, Location(*where), anywhere, sound)) for path, (source, anywhere, sound, *where) in images
    ]
    by_reference, diagnostics = media.find(references, config)
    return [(path, source, str(file)) for (path, source), file in by_reference.items()], [str(d) for d in diagnostics]


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

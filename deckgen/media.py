"""Image references → files that may travel in the package, under names that Anki keeps."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from deckgen.config import shown
from deckgen.diagnostics import Diagnostic
from deckgen.notes import Location, Picture
from deckgen.patterns import later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from deckgen.config import Config
    from deckgen.notes import Document, Image

REMOTE = later(r"(?:https?:)?//|data:", re.IGNORECASE)
FILE = later(r"file:(?://(?:localhost)?(?=/))?(?:/(?=[a-z]:))?", re.IGNORECASE)
"""What stands before the path in the address of a file; on Windows the drive comes behind a slash."""


def references(documents: Iterable[Document]) -> Iterator[tuple[str, Image]]:
    """Every image, sound and video of these documents, each with its document's path."""
    return ((document.path, image) for document in documents for note in document.outlines for image in note.images)


def find(
    wanted: Iterable[tuple[str, Image]], config: Config, drawn: Collection[Path] = ()
) -> tuple[dict[tuple[str, str], Path], list[Diagnostic]]:
    """The file of each of these `references`, by document path and reference; and what is wrong with the others.

    `drawn` are files that need not be there yet.
    """
    files: dict[tuple[str, str], Path] = {}
    diagnostics = []
    index, roots = _Index(config), config.roots
    for path, image in wanted:
        if REMOTE.match(image.source):
            diagnostics += _remote(image, config)
            continue
        folder = (config.source_folder / path).parent
        found = _inside(_candidates(image.source, folder, config.media_folder), roots, drawn)
        if image.anywhere and not isinstance(found, Path):
            same = [file for file in index.files(image.source) if file.resolve().is_relative_to(roots[0])]
            found = same[0].resolve() if same else found
            diagnostics += _ambiguous(image, same)
        if isinstance(found, Path):
            files[path, image.source] = found
        else:
            diagnostics.append(_problem(image, config, outside=found))
    return files, diagnostics


class _Index:
    """The files of a project by name, as Obsidian looks for them; walked through only when one is asked for."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.by_name: dict[str, list[Path]] | None = None

    def files(self, reference: str) -> list[Path]:
        """Those of this name, and in this folder where the reference names one; the nearest to the root first."""
        if not self.config.project:
            return []
        if self.by_name is None:
            self.by_name = defaultdict(list)
            for parent, folders, names in os.walk(self.config.root):
                folders[:] = [folder for folder in folders if not folder.startswith(".")]
                for name in names:
                    self.by_name[_folded(name)].append(Path(parent, name))
        wanted = tuple(_folded(part) for part in PurePosixPath(reference).parts)
        same = self.by_name.get(wanted[-1], []) if wanted else []
        found = [file for file in same if tuple(_folded(part) for part in file.parts[-len(wanted) :]) == wanted]
        return sorted(found, key=lambda file: (len(file.parts), file.parts))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _ambiguous(image: Image, files: Sequence[Path]) -> list[Diagnostic]:
    if len(files) <= 1:
        return []
    names = ", ".join(shown(file) for file in files)
    message = f"several files are called {image.source}: {names}; the first is taken"
    hint = "write the path from this file's folder, or with enough of its folders"
    return [Diagnostic("ambiguous-file", "warning", image.where, message, hint)]


def data_file(folder: Path, config: Config, reference: str) -> Path | str:
    """The file that a figure names, inside the project or its media roots, from its document's folder or the media
    folder; otherwise a sentence that says what is wrong.
    """
    found = _inside(_candidates(reference, folder, config.media_folder), config.roots, ())
    if isinstance(found, Path):
        return found
    return f"{reference} is outside the project" if found else f"there is no file {reference}"


def _candidates(reference: str, folder: Path, media: Path) -> Iterator[Path]:
    """Beside the note, then in the media folder; as typed, decoded, with the slashes that Windows takes for others, and in
    the other Unicode form (macOS keeps NFD).
    """
    address = FILE.match(reference)
    path = reference[address.end() :] if address else reference
    for base in (folder, media):
        for spelling in dict.fromkeys((unquote(path), path, unquote(path).replace("\\", "/"))):
            for form in ("NFC", "NFD"):
                yield base / unicodedata.normalize(form, spelling)


def _inside(candidates: Iterable[Path], roots: Sequence[Path], drawn: Collection[Path]) -> Path | bool:
    """The first that is a file inside one of the roots; otherwise whether there was one outside them."""
    outside = False
    for candidate in candidates:
        try:
            resolved = candidate.resolve()
            if resolved not in drawn and not resolved.is_file():
                continue
        except (OSError, ValueError, RuntimeError):  # too long a name, a NUL in it, links that loop
            continue
        if any(resolved.is_relative_to(root) for root in roots):
            return resolved
        outside = True
    return outside


def _problem(image: Image, config: Config, *, outside: bool) -> Diagnostic:
    if outside:
        hint = "copy it into the project, or put a deckgen.toml in the folder that holds both"
        if config.project:
            hint = 'copy it into the project, or name its folder in deckgen.toml, as in media_roots = ["../pictures"]'
        return Diagnostic("outside-project", "error", image.where, f"{image.source} is outside the project", hint)
    hint = "the path starts at this file's folder, or at the project's media folder"
    if image.anywhere:
        hint += "; a name alone is looked for in the whole project, the folder with a deckgen.toml"
    source = unquote(image.source) or "(empty)"
    what = "file" if image.sound else "image"
    return Diagnostic("missing-image", "error", image.where, f"there is no {what} {source}", hint)


def _remote(image: Image, config: Config) -> list[Diagnostic]:
    if image.source.lower().startswith("data:") or (config.remote == "fetch" and not image.sound):
        return []
    what = "file" if image.sound else "image"
    hint = "save it beside the notes, so that it is there without a network"
    if not image.sound:
        hint += ', or write remote = "fetch" into deckgen.toml'
    return [Diagnostic("remote-image", "warning", image.where, f"the {what} stays a link to the network", hint)]


def load(
    images: Mapping[tuple[str, str], Path], drawn: Mapping[Path, Picture]
) -> tuple[dict[tuple[str, str], Picture], dict[str, bytes], tuple[Diagnostic, ...]]:
    """Read the images that `find` found: each one as a picture, their contents by name in Anki's media folder, and an
    error for each file that cannot be read. Those that were `drawn` are at hand already.
    """
    read = dict(drawn)
    contents: dict[str, bytes] = {}
    unreadable = []
    for file in dict.fromkeys(images.values()):
        if file in drawn:
            continue
        try:
            data = file.read_bytes()
        except OSError as error:
            message = f"the image cannot be read: {error.strerror or error}"
            where = Location(shown(file), 1, 1)
            unreadable.append(Diagnostic("unreadable-file", "error", where, message, "check its permissions"))
            continue
        read[file] = Picture(name(file.name, data))
        contents[read[file].name] = data
    pictures = {key: read[file] for key, file in images.items() if file in read}
    return pictures, contents, tuple(unreadable)


HASH_LENGTH = 10


def name(file_name: str, data: bytes) -> str:
    """`stem-hash.ext`, ASCII and lower case: two pictures never share a name, and a changed picture gets a new one,
    so that Anki replaces it (it never overwrites a media file of the same name).
    """
    import hashlib  # noqa: PLC0415 - many documents have no picture

    stem, dot, extension = file_name.rpartition(".") if "." in file_name else (file_name, "", "")
    digest = hashlib.sha256(data).hexdigest()[:HASH_LENGTH]
    return f"{_ascii(stem)[:40] or 'image'}-{digest}{dot}{_ascii(extension)}"


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", text).lower()).strip("-")


def without_hash(media: Mapping[str, bytes], text: str) -> str:
    """The same text with each of these names shortened to `stem.ext`: for people, and for goldens."""
    for full in media:
        text = text.replace(full, re.sub(rf"-[0-9a-f]{{{HASH_LENGTH}}}(?=\.|$)", "", full))
    return text

"""`blake2b` and `sha256`, of Python's own modules beneath hashlib: as `random` does, since hashlib takes 3 ms to load.

hashlib is for what may be large, as pictures are and notes are not: its `sha256` is OpenSSL's, which is faster there.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    try:
        from _blake2 import blake2b

        if sys.version_info >= (3, 12):
            from _sha2 import sha256
        else:
            from _sha256 import sha256
    except ImportError:
        from hashlib import blake2b, sha256

__all__ = ["blake2b", "sha256"]

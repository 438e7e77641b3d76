"""The bytes by which files are told, before anything of them is read."""

from __future__ import annotations

from typing import Final

# Tag 55799 of CBOR, "what follows is CBOR" (RFC 8949 §3.4.6).
CBOR_TAG: Final = b"\xd9\xd9\xf7"
# SSZ has no mark of its own: the offset of the container's first list, 8, little-endian.
SSZ_FIRST_OFFSET: Final = b"\x08\x00\x00\x00"
# RFC 1952 §2.3.1.
GZIP: Final = b"\x1f\x8b"

"""The state diff in columns: what many stems have in common is said once, and zeros are not said.

- *shapes*: which suffixes a stem has and which of their values are given, with the stem's extension byte.
  Most stems of a block have one of few shapes, so that a stem costs one byte beside its own. ``[extension]
  run*``; a run is two bytes, the first suffix and ``code << 6 | length - 1``: so many suffixes one after
  another with the same code. Bit 0 of the code: the current value is given; bit 1: the new value is.
- *shape_of*: the shape of each stem, as a number (a varint).
- *stems* and *shared*: the stems without what a stem shares with the one before it, where that is three bytes
  or more; ``shared`` says of which stems and how many bytes (varint: stems passed over; length).
- *values*: those that are given, stem by stem, suffix by suffix, current before new; see ``_write_value``.

A varint is an unsigned integer in groups of seven bits, lowest first, all bytes but the last with the top bit
set (LEB128). Orders are kept as they are, so that a witness with its stems out of order stays what it is, for
the verifier to refuse.

Each function that reads here is the inverse of one that writes; that the bytes read are the ones that would
be written is checked for the whole file (``witness.cbor``), not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from verkle.constants import EMPTY_CODE_HASH, STEM_BYTES, VALUE_BYTES
from verkle.errors import MalformedError
from witness.containers import StemDiff, SuffixDiff
from witness.limits import MAX_KEYS, MAX_STEMS, MAX_SUFFIXES

# keccak256 of nothing: the code hash of every account without code.
# An entry in ``shared`` takes two bytes or more.
LEAST_SHARED: Final = 3
MAX_RUN: Final = 64

# Heads of a value: see ``_write_value``.
_ZERO: Final = 0x20
_SPARSE: Final = 0x40
_REPEAT: Final = 0x41
_REPEAT_FAR: Final = 0xFF
_NEAR: Final = _REPEAT_FAR - _REPEAT
_MASK_BYTES: Final = 4
_MAX_VARINT_BYTES: Final = 5


class Columns(NamedTuple):
    """The columns of a state diff, and ``extra``: extension bytes beyond one a stem (an honest witness has
    none, and none too few: a shape without extension byte has an even length)."""

    shapes: list[bytes]
    shape_of: bytes
    stems: bytes
    shared: bytes
    values: bytes
    extra: bytes


class StemList(NamedTuple):
    """Stems without what each shares with the one before it, and how much that is."""

    stems: bytes
    shared: bytes


def write_columns(state_diff: Sequence[StemDiff], extensions: bytes) -> Columns:
    """The columns of a state diff and of the extension bytes that belong to its stems."""
    numbers: dict[bytes, int] = {}
    shape_of = bytearray()
    values = ValueWriter()
    for i, stem in enumerate(state_diff):
        shape = extensions[i : i + 1] + _write_runs(stem.suffixes)
        _write_varint(shape_of, numbers.setdefault(shape, len(numbers)))
        for diff in stem.suffixes:
            for value in (diff.current, diff.new):
                if value is not None:
                    values.write(value)
    listed = write_stems([stem.stem for stem in state_diff])
    extra = extensions[len(state_diff) :]
    return Columns(list(numbers), bytes(shape_of), listed.stems, listed.shared, bytes(values.written), extra)


def read_columns(columns: Columns) -> tuple[tuple[StemDiff, ...], bytes]:
    """The state diff and the extension bytes.

    Raises ``MalformedError``: ``CBOR_COLUMN`` where the columns do not fit together, ``WITNESS_COUNT``.
    """
    shapes = [_read_shape(shape, f"shapes[{i}]") for i, shape in enumerate(columns.shapes)]
    numbers = _read_varints(columns.shape_of, "shape_of")
    if len(numbers) > MAX_STEMS:
        raise count_error("shape_of", MAX_STEMS, len(numbers))
    if numbers and max(numbers) >= len(shapes):
        raise _column("shape_of", f"names shape {max(numbers)} of {len(shapes)}")
    keys = sum([len(shapes[number].plan) for number in numbers])
    if keys > MAX_KEYS:
        raise count_error("shape_of", MAX_KEYS, keys)
    stems = read_stems(StemList(columns.stems, columns.shared), "stems")
    if len(stems) != len(numbers):
        raise _column("stems", f"has {len(stems)} stems; shape_of has {len(numbers)}")
    values = ValueReader(columns.values)
    state_diff = tuple(
        [StemDiff(stem, shapes[number].fill(values)) for stem, number in zip(stems, numbers, strict=True)]
    )
    values.close()
    extensions = b"".join([shapes[number].extension for number in numbers]) + columns.extra
    if len(extensions) > MAX_STEMS:
        raise count_error("extra_extensions", MAX_STEMS, len(extensions))
    return state_diff, extensions


# Shapes.


class _Shape:
    """A shape as it is read: its extension byte, if it has one, and (suffix, code) of each key."""

    def __init__(self, extension: bytes, plan: list[tuple[int, int]]) -> None:
        self.extension = extension
        self.plan = plan
        # Stems whose values are all absent are many, and can share their entries.
        bare = not any(code for _, code in plan)
        self._bare = tuple([SuffixDiff(suffix, None, None) for suffix, _ in plan]) if bare else None

    def fill(self, values: ValueReader) -> tuple[SuffixDiff, ...]:
        """The entries of one stem of this shape, with the next values."""
        if self._bare is not None:
            return self._bare
        return tuple(
            [
                SuffixDiff(suffix, values.read() if code & 1 else None, values.read() if code & 2 else None)
                for suffix, code in self.plan
            ]
        )


def _write_runs(suffixes: Sequence[SuffixDiff]) -> bytes:
    runs = bytearray()
    expected, length, code = -1, 0, 0
    for diff in suffixes:
        its = (diff.current is not None) | (diff.new is not None) << 1
        if diff.suffix == expected and its == code and length < MAX_RUN:
            length += 1
            runs[-1] += 1
        else:
            length, code = 1, its
            runs += bytes((diff.suffix, code << 6))
        expected = diff.suffix + 1
    return bytes(runs)


def _read_shape(shape: bytes, column: str) -> _Shape:
    with_extension = len(shape) % 2
    plan: list[tuple[int, int]] = []
    for at in range(with_extension, len(shape), 2):
        first, code, length = shape[at], shape[at + 1] >> 6, (shape[at + 1] & 63) + 1
        if first + length > MAX_SUFFIXES:
            raise _column(column, f"a run ends at suffix {first + length - 1}", at)
        if len(plan) + length > MAX_SUFFIXES:
            raise count_error(column, MAX_SUFFIXES, len(plan) + length)
        plan += [(suffix, code) for suffix in range(first, first + length)]
    return _Shape(shape[:with_extension], plan)


# Stems.


def write_stems(stems: Sequence[bytes]) -> StemList:
    """A list of stems, 31 bytes each, in any order."""
    rest, shared = [], bytearray()
    before, passed = b"", 0
    for stem in stems:
        length = _common(before, stem)
        if length < LEAST_SHARED:
            length = 0
            passed += 1
        else:
            _write_varint(shared, passed)
            shared.append(length)
            passed = 0
        rest.append(stem[length:])
        before = stem
    return StemList(b"".join(rest), bytes(shared))


def read_stems(listed: StemList, column: str) -> tuple[bytes, ...]:
    """The stems. Raises ``MalformedError`` ``CBOR_COLUMN``, ``WITNESS_COUNT``."""
    lengths: dict[int, int] = {}
    at, number = 0, 0
    while at < len(listed.shared):
        passed, at = _read_varint(listed.shared, at, f"{column} (shared)")
        if at == len(listed.shared):
            raise _column(f"{column} (shared)", "ends within an entry", at)
        number += passed
        if not LEAST_SHARED <= listed.shared[at] <= STEM_BYTES:
            raise _column(f"{column} (shared)", f"a stem shares {listed.shared[at]} bytes", at)
        lengths[number] = listed.shared[at]
        number, at = number + 1, at + 1
    count, rest = divmod(len(listed.stems) + sum(lengths.values()), STEM_BYTES)
    if rest or number > count:
        raise _column(column, "does not divide into stems of 31 bytes")
    if count > MAX_STEMS:
        raise count_error(column, MAX_STEMS, count)
    stems = []
    stem, at = b"", 0
    for number in range(count):
        length = lengths.get(number, 0)
        stem = stem[:length] + listed.stems[at : at + STEM_BYTES - length]
        if len(stem) != STEM_BYTES:
            raise _column(column, f"stem {number} shares bytes with none before it")
        at += STEM_BYTES - length
        stems.append(stem)
    return tuple(stems)


def _common(left: bytes, right: bytes) -> int:
    """How many first bytes two strings share."""
    if left[:LEAST_SHARED] != right[:LEAST_SHARED]:
        return 0
    return next(
        (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )


# Values.


def _write_value(value: bytes) -> bytes:
    """A 32-byte value by itself: the shortest of these; of equally short ones the first.

    ====================  ==========================================================
    ``z``, z < 0x20       z zero bytes, then the 32 - z bytes that follow
    ``20``                the zero word
    ``20 + k``, k < 0x20  the 32 - k bytes that follow, then k zero bytes
    ``40``                four bytes of mask, its top bit for byte 0; then the bytes whose bit is set, the
                          others being zero
    ====================  ==========================================================
    """
    front = value.lstrip(b"\0")
    if not front:
        return bytes((_ZERO,))
    back = value.rstrip(b"\0")
    kept = VALUE_BYTES - value.count(0)
    if len(front) <= len(back) and len(front) <= kept + _MASK_BYTES:
        return bytes((VALUE_BYTES - len(front),)) + front
    if len(back) <= kept + _MASK_BYTES:
        return bytes((_ZERO + VALUE_BYTES - len(back),)) + back
    mask = 0
    for byte in value:
        mask = mask << 1 | (byte != 0)
    return bytes((_SPARSE,)) + mask.to_bytes(_MASK_BYTES, "big") + value.replace(b"\0", b"")


class ValueWriter:
    """Writes values one after another.

    A value that was written before, or is the empty code hash, is written as its number: the empty code hash
    is number 0, the others are numbered as they first come up, the zero word apart. ``41 + n`` for n < 190,
    else ``ff`` and n - 190 as a varint. Where the value by itself is as short as its number or shorter, it is
    written by itself.
    """

    def __init__(self) -> None:
        self.written = bytearray()
        self._numbers = {EMPTY_CODE_HASH: 0}

    def write(self, value: bytes) -> None:
        """Append one value."""
        number = self._numbers.get(value)
        if number is not None and number < _NEAR:
            self.written.append(_REPEAT + number)
            return
        alone = _write_value(value)
        if number is None:
            if len(alone) > 1:
                self._numbers[value] = len(self._numbers)
        else:
            far = bytearray((_REPEAT_FAR,))
            _write_varint(far, number - _NEAR)
            if len(far) < len(alone):
                alone = bytes(far)
        self.written += alone


class ValueReader:
    """Reads values one after another out of a column."""

    def __init__(self, column: bytes) -> None:
        self._column = column
        self._at = 0
        self._numbered = [EMPTY_CODE_HASH]
        self._known = {EMPTY_CODE_HASH}

    def read(self) -> bytes:
        """The next value. Raises ``MalformedError`` ``CBOR_COLUMN``."""
        start = self._at
        head = self._take(1)[0]
        if head >= _REPEAT:
            number = head - _REPEAT
            if head == _REPEAT_FAR:
                more, self._at = _read_varint(self._column, self._at, "values")
                number = _NEAR + more
            if number >= len(self._numbered):
                raise _column("values", f"refers to value {number} of {len(self._numbered)}", start)
            return self._numbered[number]
        if head == _ZERO:
            return bytes(VALUE_BYTES)
        if head < _ZERO:
            value = bytes(head) + self._take(VALUE_BYTES - head)
        elif head < _SPARSE:
            value = self._take(VALUE_BYTES - (head - _ZERO)).ljust(VALUE_BYTES, b"\0")
        else:
            value = self._sparse()
        if value not in self._known:
            self._known.add(value)
            self._numbered.append(value)
        return value

    def _sparse(self) -> bytes:
        mask = int.from_bytes(self._take(_MASK_BYTES), "big")
        kept = iter(self._take(mask.bit_count()))
        return bytes([next(kept) if mask >> bit & 1 else 0 for bit in range(VALUE_BYTES - 1, -1, -1)])

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._column):
            raise _column("values", "ends before the last value", self._at)
        taken = self._column[self._at : end]
        self._at = end
        return taken

    def close(self) -> None:
        """Refuse bytes that no value has taken."""
        if self._at != len(self._column):
            raise _column("values", f"has {len(self._column) - self._at} bytes left over", self._at)


# Varints.


def _write_varint(target: bytearray, number: int) -> None:
    while number > 0x7F:
        target.append(number & 0x7F | 0x80)
        number >>= 7
    target.append(number)


def _read_varint(data: bytes, at: int, column: str) -> tuple[int, int]:
    """The number at ``at`` and the place behind it; of at most 35 bits."""
    number = 0
    for i in range(_MAX_VARINT_BYTES):
        if at + i >= len(data):
            raise _column(column, "ends within a number", at)
        byte = data[at + i]
        number |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return number, at + i + 1
    raise _column(column, "has a number of more than 35 bits", at)


def _read_varints(data: bytes, column: str) -> list[int]:
    numbers = []
    at = 0
    while at < len(data):
        number, at = _read_varint(data, at, column)
        numbers.append(number)
    return numbers


def _column(column: str, what: str, at: int | None = None) -> MalformedError:
    return MalformedError(
        "CBOR_COLUMN",
        f"the column {column} of the witness {what}",
        where={"column": column} if at is None else {"column": column, "at": at},
    )


def count_error(name: str, limit: int, got: int) -> MalformedError:
    """The refusal of a list that is longer than any honest one."""
    return MalformedError(
        "WITNESS_COUNT",
        f"{name} has {got} entries; at most {limit} are allowed",
        where={"column": name},
        expected=f"at most {limit}",
        got=got,
    )

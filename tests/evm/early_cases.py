"""Known answers of Kaustinen-2, 3, 4 and 6: what the networks' own clients gave (RULES-KAUSTINEN 2.8).

Words stand for accounts: S sends, A is called (nonce 1, balance 1000) and has the code, B has a balance of 5,
C is absent, D has nonce 1, balance 5 and the code 5b5b00, N is what A creates, T what S creates, H the
history account, F gets the fees. Places: ``B.0`` is a leaf of the header stem (128 and up: code, 64 and up:
slots), ``A.slot256`` a slot of the main storage. A case is as it is under all four networks unless it says
more.
"""

from __future__ import annotations

from typing import NamedTuple

NETWORKS = ("kaustinen2", "kaustinen3", "kaustinen4", "kaustinen6")


class Case(NamedTuple):
    """``code``: of A, or initcode if ``creates``. ``gas`` and ``touched``: one for each network, or one for
    several; ``touched``: beyond S, F and the header of A. ``fails``: networks in which it does."""

    name: str
    code: str
    gas: tuple[int, int, int, int]
    touched: tuple[str, str, str, str]
    gas_limit: int = 1_000_000
    creates: bool = False
    fails: tuple[str, ...] = ()


def _all(places: str) -> tuple[str, str, str, str]:
    return (places,) * 4


def _then(early: str, last: str) -> tuple[str, str, str, str]:
    """Kaustinen-2 to 4, and 6."""
    return (early, early, early, last)


PUSHED = "6000" * 5
B, C, D = "73" + "bb" * 20, "73" + "cc" * 20, "73" + "dd" * 20
_HEADER_N = "N.0 N.1 N.2 N.3 N.4"
_HEADER_T = "T.0 T.1 T.2 T.3 T.4"
_HEADER_C = "C.0 C.1 C.2 C.3 C.4"

CASES = (
    Case("stop", "00", (31000, 21200, 21200, 21200), _all("A.128")),
    Case("sstore_hdr", "600160005500", (56806, 47006, 47006, 24906), _all("A.128 A.64")),
    Case("sload256x2", "61010054506101005400", (35308, 25508, 25508, 23408), _all("A.128 A.slot256")),
    Case(
        "call_B_v0",
        PUSHED + B + "61fffff100",
        (36121, 26321, 26321, 21521),
        _then("A.128 A.129 B.0 B.4", "A.128 A.129"),
    ),
    Case(
        "call_C_absent_v0",
        PUSHED + C + "61fffff100",
        (36121, 26921, 26921, 24421),
        ("A.128 A.129 C.0 C.4", *(f"A.128 A.129 {_HEADER_C}",) * 3),
    ),
    Case(
        "call_C_absent_v1",
        "6000" * 4 + "6001" + C + "61fffff100",
        (75021, 65221, 65221, 54121),
        _then("A.128 A.129 C.0 C.1 C.4", f"A.128 A.129 {_HEADER_C}"),
    ),
    Case(
        "call_B_v1",
        "6000" * 4 + "6001" + B + "61fffff100",
        (50021, 40221, 40221, 28321),
        _then("A.128 A.129 B.0 B.1 B.4", "A.128 A.129 B.1"),
    ),
    Case("call_precompile4", PUSHED + "600461fffff100", (31136, 21336, 21336, 21336), _all("A.128")),
    Case(
        "call_D_code",
        PUSHED + D + "61fffff100",
        (36323, 26523, 26523, 23623),
        _then("A.128 A.129 D.0 D.128 D.4", "A.128 A.129 D.128"),
    ),
    Case(
        "delegatecall_D",
        "6000" * 4 + D + "61fffff400",
        (36120, 26320, 26320, 21520),
        _then("A.128 A.129 D.0 D.4", "A.128 A.129"),
    ),
    Case(
        "callcode_D_v1",
        "6000" * 4 + "6001" + D + "61fffff200",
        (42823, 33023, 33023, 28323),
        _then("A.128 A.129 D.0 D.4", "A.128 A.129 D.1"),
    ),
    Case(
        "staticcall_D",
        "6000" * 4 + D + "61fffffa00",
        (36320, 26520, 26520, 23620),
        _then("A.128 A.129 D.0 D.128 D.4", "A.128 A.129 D.128"),
    ),
    Case("create_empty", "600060006000f000", (64409, 54609, 54609, 30609), _all(f"A.128 {_HEADER_N}")),
    Case(
        "create_deploy1byte",
        "6460016000f360d81b600052600560006000f000",
        (64638, 54838, 54838, 31338),
        (*(f"A.128 {_HEADER_N}",) * 2, *(f"A.128 N.128 {_HEADER_N}",) * 2),
    ),
    Case(
        "ext_B",
        B + "803b50803f50803150600160006000833c00",
        (36236, 26436, 26436, 24236),
        _then("A.128 A.129 B.4", "A.128 A.129 B.0 B.1 B.3 B.4"),
    ),
    Case("selfdestruct_B", B + "ff", (38603, 28803, 28803, 35303), _then("A.128", "A.128 B.1")),
    Case("selfdestruct_C", C + "ff", (63603, 53803, 53803, 36703), _then("A.128", "A.128 C.0 C.1 C.2")),
    Case("implicit_stop_len31", "5b" * 31, (31231, 21431, 21431, 21231), _then("A.128 A.129", "A.128")),
    Case("implicit_stop_len30", "5b" * 30, (31030, 21230, 21230, 21230), _all("A.128")),
    Case("push1_at_30_end", "5b" * 30 + "60", (31033, 21233, 21233, 21233), _all("A.128")),
    Case("push1_at_30", "5b" * 30 + "600100", (31233, 21433, 21433, 21433), _all("A.128 A.129")),
    Case("push32_overrun", "5b" * 29 + "7f01", (31232, 21432, 21432, 21232), _then("A.128 A.129", "A.128")),
    Case("codecopy0_at5", "6000600560003900", (31012, 21212, 21212, 21212), _all("A.128")),
    Case("codecopy_past", "6005606460003900", (31018, 21218, 21218, 21218), _all("A.128")),
    Case(
        "blockhash",
        "603240506063405060024000",
        (31073, 21273, 21273, 25673),
        ("A.128", "A.128", "A.128 H.2 H.50 H.99", "A.128 H.114 H.66 H.slot99"),
    ),
    Case(
        "tx_create_1byte",
        "60016000f3",
        (68579, 61679, 61679, 62179),
        (*(_HEADER_T,) * 2, *(f"T.128 {_HEADER_T}",) * 2),
        creates=True,
    ),
    Case(
        "tx_create_push32",
        "7f" + "00" * 33,
        (68855, 61955, 61555, 61555),
        (*(f"T.128 T.129 {_HEADER_T}",) * 2, *(_HEADER_T,) * 2),
        creates=True,
    ),
    Case(
        "call_D_gas100",
        PUSHED + D + "6064f100",
        (36323, 26523, 26523, 23623),
        _then("A.128 A.129 D.0 D.128 D.4", "A.128 A.129 D.128"),
    ),
    Case(
        "call_all_gas_D",
        PUSHED + D + "5af100",
        (100000, 100000, 100000, 23622),
        _then("A.128 A.129 D.0 D.4", "A.128 A.129 D.128"),
        gas_limit=100_000,
        fails=("kaustinen2", "kaustinen3", "kaustinen4"),
    ),
)

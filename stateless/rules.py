"""Rule sets: what a network and fork fix beyond the block itself, one frozen record each, in one table.

A rule set is always *named*: by the caller, by a chain configuration, or by the file. Nothing is concluded
from what a block looks like, since a wrong guess would judge it by rules that it never ran under. The
columns here are those that proofs and roots need (how an address becomes a tree key, what the header leaves
are), the history account, and execution's (``stateless.witness_rules``).

Sources: EIP-6800 and EIP-4762; gballet/go-ethereum at the commits of the ``source`` column; SPEC 4.2-4.6.1
(keys and leaves), 7.1 (history account); RULES-KAUSTINEN 1-2.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from stateless.witness_rules import WITNESS_COSTS, EarlyRules, PackedRules
from verkle.constants import MAIN_STORAGE_OFFSET
from verkle.errors import UnsupportedError

if TYPE_CHECKING:  # types only: the table must not load the curve
    from verkle.embedding import LeafLayout, StemHash
    from witness.block import BlockInput

RulesFrom = Literal["option", "chain_config", "file", "network_table"]


@dataclass(frozen=True, slots=True)
class HistoryAccount:
    """The account that keeps earlier block hashes in its storage (variants of EIP-2935).

    ``address``: 20 bytes.
    ``ring``: number of slots used in turn, ``None`` where slots are never used again.
    ``kept``: False where the account, being empty, is deleted at the end of the block that wrote it.
    ``nonce``: its nonce at genesis, ``None`` where genesis does not hold the account.
    ``code``: its runtime code at genesis.
    """

    address: bytes
    ring: int | None
    kept: bool
    nonce: int | None
    code: bytes

    def slot(self, block_number: int) -> int:
        """Storage slot into which block ``block_number`` (from 1) writes the hash of its parent."""
        parent = block_number - 1
        return parent if self.ring is None else parent % self.ring


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One network and fork.

    ``name``: what ``--rules`` takes and a verdict says.
    ``networks``: names by which files select it in ``network`` or ``rules``, besides ``name``.
    ``fork_times``: pairs (key, seconds) of a geth chain configuration that belong to this network alone.
    ``chain_id``: the default; a chain id in the input wins.
    ``layout``: header leaves of an account (five little-endian leaves, or BASIC_DATA and CODE_HASH).
    ``stem_hash``: how the Pedersen commitment over address and tree index becomes a stem.
    ``storage_offset``: position of slot 0 of the main storage, in leaves.
    ``history``: the history account, ``None`` where the network has none.
    ``header_fields``: number of fields of a header's RLP.
    ``execution``: what running transactions under it costs and records, ``None`` where that is not known.
    ``source``: where the rules were taken from.
    """

    name: str
    networks: tuple[str, ...]
    fork_times: tuple[tuple[str, int], ...]
    chain_id: int
    layout: LeafLayout
    stem_hash: StemHash
    storage_offset: int
    history: HistoryAccount | None
    header_fields: int
    execution: PackedRules | EarlyRules | None
    source: str


SYSTEM_ADDRESS: Final = bytes.fromhex("ff" * 19 + "fe")
"""Whom the block's own calls come from (EIP-4788); where the early networks kept block hashes."""
HISTORY_ADDRESS: Final = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
"""The history account as final (EIP-2935)."""

# Kaustinen 1 and 2 computed 256 << 31 where 256 ** 31 was meant (go-ethereum #329 mended it).
_OLD_STORAGE_OFFSET: Final = 256 << 31
_SHANGHAI_HEADER_FIELDS: Final = 17

# Runtime code of the history account in the genesis of the Verkle execution-spec-tests, 54 bytes,
# keccak df61faef...080a.
_EEST_HISTORY_CODE: Final = bytes.fromhex(
    "60203611603157600143035f35116029575f356120000143116029576120005f3506545f5260205ff35b5f5f5260205ff35b5f5ffd00"
)
# Runtime code of EIP-2935 as activated with Prague.
_EIP2935_CODE: Final = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff8143031160"
    "4257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)


def _fe_history(
    *, ring: int | None, nonce: int | None = None, code: bytes = b"", kept: bool = True
) -> HistoryAccount:
    return HistoryAccount(SYSTEM_ADDRESS, ring, kept, nonce, code)


# RULES-KAUSTINEN 2.2 to 2.5, each as it differs from the one before.
_KAUSTINEN2: Final = EarlyRules(
    destroys_old_contracts=True,
    transaction_pays=True,
    fee_recipient_by_block=True,
    unpaid_is_free=True,
    initcode_chunks=True,
    caller_read_for_absent=True,
)
_KAUSTINEN3: Final = EarlyRules(initcode_chunks=True, block_hashes="touch_then_headers")
_KAUSTINEN4: Final = EarlyRules(
    deployed_chunks_read=True,
    block_hashes="raw_slots",
    looks=frozenset({"BALANCE", "EXTCODEHASH", "EXTCODESIZE", "BLOCKHASH"}),
)
_KAUSTINEN6: Final = EarlyRules(
    warm_cold=False,
    creation_pays=False,
    chunk_behind_end=False,
    block_hashes="ring",
    deletion_fills=False,
    looks=frozenset(),
)
_KAUSTINEN7: Final = PackedRules()
# The text differs from what any client ran, and so from all known answers: filling an absent leaf has a
# price, CALLCODE's value is an access, a new account has no price of its own, and the fee recipient no event.
_EIP4762: Final = PackedRules(
    costs=replace(WITNESS_COSTS, chunk_fill_cost=6200),
    new_account_gas=0,
    exempt_gas=0,
    callcode_value_touches=True,
    absent_target_written=False,
    fee_recipient_touched=False,
    scarce_warm=False,
)

_TABLE: Final = (
    RuleSet(
        name="kaustinen2",
        networks=("kaustinen2-nov13", "kaustinen2-nov24"),
        fork_times=(("pragueTime", 1700826600),),
        chain_id=69420,
        layout="five_leaves",
        stem_hash="reversed_point",
        storage_offset=_OLD_STORAGE_OFFSET,
        history=None,
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN2,
        source="gballet/go-ethereum fc8f4b9b8 (2023-11); both launches of the network",
    ),
    RuleSet(
        name="kaustinen3",
        networks=(),
        fork_times=(("pragueTime", 1706866200),),
        chain_id=69421,
        layout="five_leaves",
        stem_hash="reversed_point",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=None, kept=False),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN3,
        source="gballet/go-ethereum 28ec3763b (2024-02-02)",
    ),
    RuleSet(
        name="kaustinen4",
        networks=(),
        fork_times=(("pragueTime", 1707215400),),
        chain_id=69420,
        layout="five_leaves",
        stem_hash="reversed_point",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=None),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN4,
        source="gballet/go-ethereum 0b110bd1b (2024-02-06)",
    ),
    RuleSet(
        name="kaustinen5",
        networks=(),
        fork_times=(),
        chain_id=69420,
        layout="five_leaves",
        stem_hash="reversed_point",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=8192),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=None,
        source="keys and leaves recomputed from its blocks; the rules of execution are not known",
    ),
    RuleSet(
        name="kaustinen6",
        networks=(),
        fork_times=(("pragueTime", 1712918460),),
        chain_id=69420,
        layout="five_leaves",
        stem_hash="map_to_field",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=8192),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN6,
        source="gballet/go-ethereum 293373112 (2024-04), tag kaustinen6",
    ),
    RuleSet(
        name="kaustinen7",
        networks=(),
        fork_times=(),
        chain_id=69420,
        layout="basic_data",
        stem_hash="map_to_field",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=8192, nonce=1),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN7,
        source="gballet/go-ethereum 4a2f6fbae (2025-01-07), kaustinen-with-shapella",
    ),
    RuleSet(
        name="kaustinen7-devnet",
        networks=(),
        fork_times=(("verkleTime", 1730214060),),
        chain_id=69420,
        layout="basic_data",
        stem_hash="map_to_field",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=8192),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN7,
        source="as kaustinen7, on the genesis of verkle-gen-devnet-7, which lacks the history account",
    ),
    RuleSet(
        name="eest-verkle",
        networks=("Verkle",),
        fork_times=(),
        chain_id=1,
        layout="basic_data",
        stem_hash="map_to_field",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=_fe_history(ring=8192, nonce=1, code=_EEST_HISTORY_CODE),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_KAUSTINEN7,
        source="as kaustinen7; genesis of execution-spec-tests verkle/main (2024-10-25)",
    ),
    RuleSet(
        name="eip4762",
        networks=(),
        fork_times=(),
        chain_id=1,
        layout="basic_data",
        stem_hash="map_to_field",
        storage_offset=MAIN_STORAGE_OFFSET,
        history=HistoryAccount(HISTORY_ADDRESS, 8191, True, 1, _EIP2935_CODE),
        header_fields=_SHANGHAI_HEADER_FIELDS,
        execution=_EIP4762,
        source="text of EIP-4762 and EIP-6800 (2025-01), history account of EIP-2935 as final",
    ),
)

RULE_SETS: Final[Mapping[str, RuleSet]] = MappingProxyType({rules.name: rules for rules in _TABLE})

_BY_NAME: Final[Mapping[str, RuleSet]] = MappingProxyType(
    {name: rules for rules in _TABLE for name in (rules.name, *rules.networks)}
)
_BY_FORK_TIME: Final[Mapping[tuple[int, str, int], RuleSet]] = MappingProxyType(
    {(rules.chain_id, key, time): rules for rules in _TABLE for key, time in rules.fork_times}
)


def is_rules_name(name: str) -> bool:
    """Whether :func:`rules_named` knows it."""
    return name in _BY_NAME


def rules_named(name: str, where: str) -> RuleSet:
    """Return the rule set that ``name`` selects; ``where`` says what gave the name.

    Raises UnsupportedError ``RULES_UNKNOWN``.
    """
    rules = _BY_NAME.get(name)
    if rules is None:
        raise UnsupportedError(
            "RULES_UNKNOWN",
            f"no rule set is called {name[:80]!r}; known are {', '.join(_BY_NAME)}",
            where={"source": where},
            expected=list(_BY_NAME),
            got=name[:80],
        )
    return rules


def select_rules(
    *,
    option: str | None,
    chain_config: Mapping[str, object] | None,
    file_rules: str | None,
    file_network: str | None,
    chain_id: int | None,
    timestamp: int | None,
) -> tuple[RuleSet | None, RulesFrom | None]:
    """Return the rule set of a block and what named it, in the order of precedence: the caller's option,
    the chain configuration, the file's ``rules``, its ``network``. ``(None, None)``: nothing named one.

    The first source that speaks decides; if it names something unknown, no later one is asked.
    ``chain_id`` and ``timestamp`` (seconds) are for a table of public networks, which holds nothing yet
    for trees of this kind: the Verkle devnets shared one chain id under different rules.

    Raises UnsupportedError ``RULES_UNKNOWN``, ``CHAIN_CONFIG_UNKNOWN``.
    """
    if option is not None:
        return rules_named(option, "option"), "option"
    if chain_config is not None:
        return rules_of_chain_config(chain_config), "chain_config"
    if file_rules is not None:
        return rules_named(file_rules, "file: rules"), "file"
    if file_network is not None:
        return rules_named(file_network, "file: network"), "file"
    del chain_id, timestamp
    return None, None


def rules_of_block(
    block: BlockInput, option: str | None = None, chain_config: Mapping[str, object] | None = None
) -> tuple[RuleSet | None, RulesFrom | None]:
    """:func:`select_rules` for a block as an input gives it; ``option`` and ``chain_config``: the
    caller's."""
    return select_rules(
        option=option,
        chain_config=chain_config,
        file_rules=block.rules,
        file_network=block.network,
        chain_id=block.chain_id,
        timestamp=None if block.header is None else block.header.timestamp,
    )


def rules_of_chain_config(chain_config: Mapping[str, object]) -> RuleSet:
    """Return the rule set of a geth chain configuration (a genesis file with a ``config`` will do).

    It is found by chain id and the time of the fork to Verkle, which together belong to one devnet.
    Raises UnsupportedError ``CHAIN_CONFIG_UNKNOWN``.
    """
    inner = chain_config.get("config")
    config = inner if isinstance(inner, Mapping) else chain_config
    chain_id = config.get("chainId")
    for key in ("verkleTime", "pragueTime"):
        time = config.get(key)
        if isinstance(chain_id, int) and isinstance(time, int):
            rules = _BY_FORK_TIME.get((chain_id, key, time))
            if rules is not None:
                return rules
    raise UnsupportedError(
        "CHAIN_CONFIG_UNKNOWN",
        "the chain configuration is of no network known here; name the rules with --rules",
        where={"source": "chain_config"},
        expected=[
            f"{rules.name}: chainId {chain}, {key} {time}"
            for (chain, key, time), rules in _BY_FORK_TIME.items()
        ],
        got={name: config.get(name) for name in ("chainId", "verkleTime", "pragueTime") if name in config},
    )

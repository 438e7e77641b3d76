"""The registry of error codes: each code that this program can give, once, with what it means.

Codes are stable once released: a code keeps its family and its meaning. A test holds this table and every
place that raises an error equal. Longer than other files because it is one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code: its family, stages, meaning, usual cause, and what to do next."""

    code: str
    family: str
    stages: tuple[str, ...]
    meaning: str
    cause: str
    next_step: str


# Next steps that many codes share.
_FETCH_AGAIN: Final = "Fetch or export the input again; if the damage stays, its source writes it wrongly."
_FIX_PROVER: Final = "Report it to whoever made the witness: an honest prover does not write this."
_SEE_FIELD: Final = "The message names the field; correct it or fetch the input again."
_REFUSE_BLOCK: Final = "Do not accept the block."
_SEE_SHAPE: Final = "See docs/4-the-witness.md for what the proof must list; the message gives the place."


def _codes(family: str, stages: str, *rows: tuple[str, str, str, str]) -> tuple[tuple[str, ErrorCode], ...]:
    return tuple(
        (code, ErrorCode(code, family, tuple(stages.split()), meaning, cause, next_step))
        for code, meaning, cause, next_step in rows
    )


CODES: Final[Mapping[str, ErrorCode]] = MappingProxyType(
    dict(
        (
            # What cannot be read.
            *_codes(
                "malformed",
                "DECODE",
                (
                    "INPUT_EMPTY",
                    "The input holds nothing but white space.",
                    "an empty file, or a command upstream that failed and piped nothing",
                    "Check the command or download that was to produce it.",
                ),
                (
                    "INPUT_TOO_LARGE",
                    "The input is larger than the limit, as it is or decompressed.",
                    "the wrong file, an endless stream, or a decompression bomb",
                    "Raise the limit with --max-bytes if the input is honest.",
                ),
                (
                    "INPUT_UNREADABLE",
                    "The system refuses to read the input.",
                    "missing permission, or a directory where a file belongs",
                    "Check the path and its permissions.",
                ),
                (
                    "GZIP_CORRUPT",
                    "The input begins as gzip data and cannot be decompressed.",
                    "a download cut short",
                    _FETCH_AGAIN,
                ),
                (
                    "UNKNOWN_FORMAT",
                    "The input is neither a block nor a witness in any format known here.",
                    "another kind of file, or a schema of another tool",
                    "Compare with the formats in docs/format.md, or name one with --format.",
                ),
                (
                    "JSON_SYNTAX",
                    "The text is not valid JSON; the message gives line and column.",
                    "a download cut short",
                    _FETCH_AGAIN,
                ),
                (
                    "JSON_UTF8",
                    "The text is not valid UTF-8, or holds half a surrogate pair.",
                    "a binary file, or one written in another encoding",
                    _FETCH_AGAIN,
                ),
                (
                    "JSON_TOO_DEEP",
                    "Objects and lists are nested deeper than any format needs.",
                    "input made to exhaust the reader",
                    "Do not trust the source.",
                ),
                (
                    "JSON_TOO_LARGE",
                    "The text holds more values than any block does.",
                    "input made to exhaust the reader, or many blocks in one file",
                    "Split the file.",
                ),
                (
                    "JSON_DUPLICATE_KEY",
                    "One object has the same name twice; readers differ in which one counts.",
                    "a file joined by hand, or one made to show two readers two things",
                    _FETCH_AGAIN,
                ),
                (
                    "JSON_NUMBER",
                    "A number is not one that JSON has (NaN, Infinity), or is longer than any field.",
                    "a writer that does not keep to JSON",
                    _SEE_FIELD,
                ),
                (
                    "FIELD_MISSING",
                    "A field without which the input means nothing is not there.",
                    "a file of another schema, or cut by hand",
                    _SEE_FIELD,
                ),
                (
                    "FIELD_TYPE",
                    "A field holds a value of another type than its schema says.",
                    "a file of another schema",
                    _SEE_FIELD,
                ),
                (
                    "FIELD_RANGE",
                    "A number is outside what the field can hold.",
                    "a damaged or invented file",
                    _SEE_FIELD,
                ),
                (
                    "FIELD_CONFLICT",
                    "One field is given under two names with different values.",
                    "a file joined from two sources",
                    _SEE_FIELD,
                ),
                (
                    "HEX_SYNTAX",
                    "A field is not hex, or lacks its 0x.",
                    "a value copied in part or written in decimal",
                    _SEE_FIELD,
                ),
                (
                    "HEX_LENGTH",
                    "A hex field has the wrong number of bytes.",
                    "a value cut short or padded",
                    _SEE_FIELD,
                ),
                (
                    "WITNESS_COUNT",
                    "A list of the witness has a length that the format rules out.",
                    "a witness cut by hand, or one made to exhaust the reader",
                    _SEE_FIELD,
                ),
                (
                    "RLP_TRUNCATED",
                    "RLP data ends too early, or an item runs beyond the list that holds it.",
                    "hex cut short",
                    _FETCH_AGAIN,
                ),
                (
                    "RLP_TRAILING_BYTES",
                    "Bytes follow where the RLP item ends.",
                    "two items joined",
                    _FETCH_AGAIN,
                ),
                (
                    "RLP_NOT_CANONICAL",
                    "RLP data is written in another way than the one that counts.",
                    "a writer that does not use the shortest length",
                    _FETCH_AGAIN,
                ),
                (
                    "RLP_TOO_DEEP",
                    "RLP lists are nested deeper than in any block.",
                    "input made to exhaust the reader",
                    "Do not trust the source.",
                ),
                (
                    "RLP_TOO_LARGE",
                    "RLP data holds more items than any block does.",
                    "input made to exhaust the reader",
                    "Do not trust the source.",
                ),
                (
                    "TRANSACTION_EMPTY",
                    "A transaction is an empty byte string.",
                    "a damaged file",
                    _FETCH_AGAIN,
                ),
                (
                    "BLOCK_FIELDS",
                    "A block in RLP is not a list of header, transactions, ommers and withdrawals.",
                    "bytes of something else, such as a header alone",
                    _FETCH_AGAIN,
                ),
                (
                    "HEADER_FIELD",
                    "A header field in RLP has the wrong length, or an integer has leading zeros.",
                    "a writer that pads integers",
                    _FETCH_AGAIN,
                ),
                (
                    "HEADER_FIELD_COUNT",
                    "A header in RLP has fewer fields than every header has.",
                    "bytes of something else",
                    _FETCH_AGAIN,
                ),
                (
                    "WITHDRAWAL_FIELD",
                    "A withdrawal in RLP is not [index, validatorIndex, address, amount].",
                    "a damaged file",
                    _FETCH_AGAIN,
                ),
                (
                    "KEY_LENGTH",
                    "A tree key does not have 32 bytes.",
                    "a stem given where a key belongs",
                    "Append the suffix as the last byte.",
                ),
                (
                    "STORE_DAMAGED",
                    "A stored tree lacks a node, or holds a record that cannot be read.",
                    "a store that was cut short, or written by another version",
                    "Build the store again from its source.",
                ),
                (
                    "PROOF_LENGTH",
                    "A multiproof in the library's form does not have 576 bytes.",
                    "a proof of another scheme, or one cut short",
                    _FETCH_AGAIN,
                ),
            ),
            *_codes(
                "malformed",
                "SHAPE",
                (
                    "STEM_LENGTH",
                    "A stem does not have 31 bytes.",
                    "a 32-byte key given where a stem belongs",
                    "Cut the last byte off: it is the suffix.",
                ),
                (
                    "SUFFIX_RANGE",
                    "A suffix is not within 0 to 255.",
                    "a number written in another base",
                    _SEE_FIELD,
                ),
                (
                    "VALUE_LENGTH",
                    "A leaf value does not have 32 bytes.",
                    "a number written without its padding",
                    "Pad the value to 32 bytes; null means absent.",
                ),
                (
                    "IPA_LENGTH",
                    "The inner-product argument does not have eight L and eight R points.",
                    "a proof for vectors of another width",
                    _FETCH_AGAIN,
                ),
            ),
            *_codes(
                "malformed",
                "PROOF",
                (
                    "POINT_LENGTH",
                    "A compressed point does not have 32 bytes.",
                    "a commitment in uncompressed form",
                    "Give points compressed: 32 bytes, big-endian.",
                ),
            ),
            # The header and what it commits to.
            *_codes(
                "invalid",
                "DECODE",
                (
                    "HEADER_JSON_MISMATCH",
                    "The header given in JSON and the one in the block's RLP differ.",
                    "a fixture edited in one of its two places",
                    "Correct the fixture; the message names the field.",
                ),
                (
                    "BODY_JSON_MISMATCH",
                    "The transactions or withdrawals given in JSON and in the block's RLP differ.",
                    "a fixture edited in one of its two places",
                    "Correct the fixture.",
                ),
                (
                    "PRE_ROOT_CONFLICT",
                    "The witness and the file around it state different state roots before the block.",
                    "a witness put into the file of another block",
                    "Find out which of the two belongs to the block.",
                ),
                (
                    "WITHDRAWALS_PRESENCE",
                    "Only one of header and body speaks of withdrawals.",
                    "a block before Shanghai taken for a later one, or the reverse",
                    _REFUSE_BLOCK,
                ),
            ),
            *_codes(
                "invalid",
                "SHAPE",
                (
                    "BLOCK_HASH_MISMATCH",
                    "The hash of the header is not the hash that the input gives for the block.",
                    "a header field or a transaction was changed, or a field has another byte order",
                    "Compare the header field by field with another source of the block.",
                ),
                (
                    "TRANSACTIONS_ROOT_MISMATCH",
                    "The transactions do not have the root that the header commits to.",
                    "a transaction is missing, changed or in another place",
                    "Fetch the block's body again.",
                ),
                (
                    "WITHDRAWALS_ROOT_MISMATCH",
                    "The withdrawals do not have the root that the header commits to.",
                    "a withdrawal is missing or changed, or its amount is given in wei instead of gwei",
                    "Fetch the block's body again.",
                ),
                (
                    "HEADER_FIELDS",
                    "The header has more or fewer fields than its fork gives it.",
                    "a block of another fork than the rules named for it",
                    "Check the rules that were named.",
                ),
                (
                    "HEADER_EXTRA_DATA",
                    "The header's extra data is longer than 32 bytes.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_DIFFICULTY",
                    "The header's difficulty is not 0.",
                    "a block from before proof of stake, or one that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_NONCE",
                    "The header's nonce is not 0.",
                    "a block from before proof of stake, or one that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_OMMERS",
                    "The block names ommers.",
                    "a block from before proof of stake, or one that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_GAS_LIMIT",
                    "The gas limit is below 5000 or above 2^63 - 1.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_GAS_USED",
                    "The header says that more gas was used than its limit allows.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_NUMBER",
                    "The block's number is not its parent's plus one.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_TIMESTAMP",
                    "The block is not later than its parent.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_GAS_LIMIT_STEP",
                    "The gas limit differs from the parent's by 1/1024 of it or more.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "HEADER_BASE_FEE",
                    "The base fee does not follow from the parent's gas used, gas limit and base fee.",
                    "a block that breaks the rule",
                    _REFUSE_BLOCK,
                ),
                (
                    "PRE_ROOT_MISMATCH",
                    "Parent header, --pre-root and file do not name the same state root before the block.",
                    "a witness for another block, or a root mistyped",
                    "Take the state root of the block whose hash is parentHash.",
                ),
                # The structure of the witness.
                (
                    "STEM_ORDER",
                    "The stems of the state diff are not in ascending order.",
                    "a witness whose parts were moved",
                    _FIX_PROVER,
                ),
                (
                    "STEM_REPEATED",
                    "The state diff lists one stem twice.",
                    "two witnesses joined without merging them",
                    _FIX_PROVER,
                ),
                (
                    "STEM_WITHOUT_SUFFIX",
                    "A stem of the state diff has no suffixes, so nothing is said about it.",
                    "a witness with values cut out",
                    _FIX_PROVER,
                ),
                (
                    "SUFFIX_ORDER",
                    "The suffixes of a stem are not in ascending order.",
                    "a witness whose parts were moved",
                    _FIX_PROVER,
                ),
                (
                    "SUFFIX_REPEATED",
                    "A stem lists one suffix twice.",
                    "two witnesses joined without merging them",
                    _FIX_PROVER,
                ),
                (
                    "KEY_REPEATED",
                    "A batch of changes to a tree has one key twice.",
                    "two lists joined without merging them",
                    "Keep one value for each key.",
                ),
                (
                    "NEW_VALUE_UNCHANGED",
                    "A new value equals the current one; what a block does not change has none.",
                    "a prover that writes every touched value as new",
                    "Leave the new value null where nothing changes.",
                ),
                (
                    "PROOF_WITHOUT_KEYS",
                    "The state diff is empty, yet there is a proof.",
                    "a witness whose values were cut out",
                    _FIX_PROVER,
                ),
                (
                    "EXTENSION_COUNT",
                    "The extension statuses (depthExtensionPresent) are not one byte for each stem.",
                    "a stem added or removed, or the bytes written as a number that lost its leading zeros",
                    _SEE_SHAPE,
                ),
                (
                    "EXTENSION_UNUSED_BIT",
                    "Bit 2 of an extension status is set; it has no meaning and must be 0.",
                    "a changed byte",
                    _FIX_PROVER,
                ),
                (
                    "EXTENSION_STATUS",
                    "An extension status is none of 0 (empty slot), 1 (another stem), 2 (present).",
                    "a changed byte",
                    _FIX_PROVER,
                ),
                (
                    "EXTENSION_DEPTH",
                    "A stem is said to end at depth 0, where only the root is.",
                    "a changed byte",
                    _FIX_PROVER,
                ),
                (
                    "VALUE_UNDER_ABSENT_STEM",
                    "A stem is said to be absent and yet has a current value.",
                    "a forged value, or a status that was changed",
                    _FIX_PROVER,
                ),
                (
                    "PATH_CONFLICT",
                    "One place in the tree is used as two kinds of node.",
                    "statuses and depths that do not belong to one tree",
                    _SEE_SHAPE,
                ),
                (
                    "LEAF_CONFLICT",
                    "Two stems are said to be present at one place.",
                    "a wrong depth",
                    _SEE_SHAPE,
                ),
                (
                    "OTHER_STEM_ORDER",
                    "The other-stems are not in ascending order, or one stands there twice.",
                    "a witness whose parts were moved",
                    _FIX_PROVER,
                ),
                (
                    "OTHER_STEM_MISSING",
                    "The proof has fewer other-stems than its absent stems need.",
                    "an other-stem was removed, or a status changed",
                    _SEE_SHAPE,
                ),
                (
                    "OTHER_STEM_UNUSED",
                    "The proof has more other-stems than its absent stems need.",
                    "an other-stem was added, or the stem there is present in the witness anyway",
                    _SEE_SHAPE,
                ),
                (
                    "OTHER_STEM_MISPLACED",
                    "An other-stem does not lie under the place that it is for.",
                    "an other-stem or a depth was changed",
                    _SEE_SHAPE,
                ),
                (
                    "OTHER_STEM_IS_ASKED",
                    "A stem is said to be absent because it itself is there.",
                    "a forged absence",
                    _FIX_PROVER,
                ),
                (
                    "KIND_OPENING",
                    "An opening that is to show a node to be inner shows nothing, or is out of place.",
                    "an opening added or moved",
                    _FIX_PROVER,
                ),
                (
                    "COMMITMENT_MISSING",
                    "The proof has fewer commitments than its stems need.",
                    "a commitment was removed, or a depth changed",
                    _SEE_SHAPE,
                ),
                (
                    "COMMITMENT_UNUSED",
                    "The proof has more commitments than its stems need.",
                    "a commitment was added, or a depth changed",
                    _SEE_SHAPE,
                ),
            ),
            # The proof.
            *_codes(
                "invalid",
                "PROOF",
                (
                    "POINT_NOT_CANONICAL",
                    "The x coordinate of a point is not below the field modulus.",
                    "a changed byte, or one point written in two ways",
                    _FIX_PROVER,
                ),
                (
                    "POINT_NOT_ON_CURVE",
                    "No point of the curve has the x coordinate given.",
                    "a changed byte",
                    _FIX_PROVER,
                ),
                (
                    "POINT_NOT_IN_SUBGROUP",
                    "A point lies on the curve but not in the group that commitments are made in.",
                    "a forged point",
                    _FIX_PROVER,
                ),
                (
                    "SCALAR_NOT_CANONICAL",
                    "The proof's last scalar is not below the group order.",
                    "a changed byte, or the other byte order (the witness has it big-endian)",
                    _FIX_PROVER,
                ),
                (
                    "PROOF_IPA_FALSE",
                    "The proof does not hold for this state root and these values.",
                    "a value, commitment or stem was changed, or the state root is another block's",
                    "Check the state root before the block; if it is right, do not accept the witness.",
                ),
                (
                    "ABSENCE_NODE_KIND",
                    "A stem is claimed absent below a node that is not shown to be an inner node.",
                    "most often the format, which has no place for the evidence; else an account is hidden",
                    "Without --strict this is an assumption. A prover shows it with a key below that node.",
                ),
            ),
            *_codes(
                "invalid",
                "COMPARE",
                (
                    "POST_ROOT_MISMATCH",
                    "The state after the block, rebuilt from the witness, does not have the header's root.",
                    "a new value was changed, or the client wrote leaves that are not in the witness",
                    "Do not accept this witness; the message gives a known cause where one fits.",
                ),
            ),
            # What is not decided here.
            *_codes(
                "unsupported",
                "DECODE",
                (
                    "FORMAT_UNSUPPORTED",
                    "The input is of a known kind that is not decided here.",
                    "a block with a witness for another tree",
                    "Use a Verkle witness; see docs/format.md for what is read.",
                ),
                (
                    "HEADER_TOO_NEW",
                    "The header has more fields than the forks known here.",
                    "a block of a later fork",
                    "Look for a newer version of this program.",
                ),
                (
                    "RULES_UNKNOWN",
                    "The rule set named is not one of those known here.",
                    "a name mistyped, or a network that is not in the table",
                    "Name one of the rule sets that the message lists.",
                ),
                (
                    "CHAIN_CONFIG_UNKNOWN",
                    "The chain configuration is of no network known here.",
                    "a private network",
                    "Name the rules with --rules instead of --chain-config.",
                ),
                (
                    "SEVERAL_BLOCKS",
                    "The input holds several blocks where one was asked for.",
                    "a chain of blocks in one file",
                    "Use stateless.verify_all, which judges each.",
                ),
            ),
            *_codes(
                "unsupported",
                "EXECUTE",
                (
                    "RULES_NOT_NAMED",
                    "Nothing names the rules by which the transactions are to be run.",
                    "a bare witness or a reply of a private network",
                    "Name them with --rules, or check proof and roots alone with --proof-only.",
                ),
                (
                    "EXECUTION_UNSUPPORTED",
                    "Blocks under this rule set cannot be executed here; all that was checked holds.",
                    "a rule set whose execution is not built, or not known",
                    "Check proof and roots alone with --proof-only.",
                ),
            ),
            # What is missing.
            *_codes(
                "incomplete",
                "DECODE",
                (
                    "NO_BLOCKS",
                    "The file is of a known format and holds no block.",
                    "a fixture that only describes a state",
                    "Check that this is the file that was meant.",
                ),
            ),
            *_codes(
                "incomplete",
                "SHAPE",
                (
                    "NO_WITNESS",
                    "The input holds no witness for the block.",
                    "a block fetched without its witness, or a fixture's invalid block, which has none",
                    "Fetch the block with its execution witness.",
                ),
                (
                    "NO_PRE_ROOT",
                    "Nothing says the state root before the block.",
                    "a file without parent header and without parentStateRoot",
                    "Give the parent's state root with --pre-root.",
                ),
                (
                    "HEADER_INCOMPLETE",
                    "A header lacks fields and so has no encoding and no hash.",
                    "a file that gives the header in part",
                    "Add the fields that the message names.",
                ),
            ),
        )
    )
)

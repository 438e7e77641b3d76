"""The JSON of ``stateless gas``. Keys are stable; ``null`` where something is not known or not asked for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from cli.json_output import error_member, print_object
from stateless.gas_report import GasReport, OtherGas, Prices, TransactionGas
from stateless.verdict import to_plain
from verkle.errors import StatelessError

SCHEMA: Final = "stateless/gas/1"


def print_json(file: str, report: GasReport | None, error: StatelessError | None, code: int) -> None:
    """Print one object."""
    said: dict[str, Any] = {
        "input": file,
        "block": None,
        "rules": None,
        "other": None,
        "transactions": [],
        "total": None,
        "error": error_member(error),
    }
    if report is not None:
        said |= _report_json(report)
    print_object(SCHEMA, code, said)


def _report_json(report: GasReport) -> dict[str, Any]:
    compared = report.comparison
    total: dict[str, Any] = {
        "gas": report.total.to_json(),
        "events": report.total_events.to_json(),
        "other": None,
    }
    if compared is not None:
        total["other"] = {
            "transactions": compared.transactions,
            "gas": compared.other.to_json(),
            "difference": compared.difference,
        }
    return {
        "block": {
            "number": report.number,
            "hash": to_plain(report.hash),
            "transactions": len(report.transactions),
            "gas_limit": report.gas_limit,
            "gas_used": report.header_gas_used,
        },
        "rules": {**_prices_json(report.prices), "from": report.rules_from},
        "other": None if compared is None else _prices_json(compared.prices),
        "transactions": [_row_json(row) for row in report.transactions],
        "total": total,
    }


def _prices_json(prices: Prices) -> dict[str, Any]:
    return {"name": prices.rules, "prices": None if prices.costs is None else asdict(prices.costs)}


def _row_json(row: TransactionGas) -> dict[str, Any]:
    return {
        "index": row.index,
        "hash": to_plain(row.hash),
        "sender": to_plain(row.sender),
        "to": to_plain(row.to),
        "contract": to_plain(row.contract),
        "status": int(row.succeeded),
        "gas_limit": row.gas_limit,
        "gas": row.gas.to_json(),
        "events": row.events.to_json(),
        "other": None if row.other is None else _other_json(row.other),
    }


def _other_json(other: OtherGas) -> dict[str, Any]:
    return {
        "status": None if other.succeeded is None else int(other.succeeded),
        "gas": None if other.gas is None else other.gas.to_json(),
        "events": None if other.events is None else other.events.to_json(),
        "difference": other.difference,
        "changed": list(other.changed),
        "error": error_member(other.refusal),
    }

"""How does Formulary itself behave? The capabilities that a pack asks about, and the size of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from governance import ledger
from governance.core.facts import Capability
from governance.core.policy import CapabilityRule
from governance.ledger import LedgerDamaged
from governance.services import capabilities
from governance.services.evidence_asked import Asked

_SEEN: ContextVar[dict[str, Capability] | None] = ContextVar("seen_capabilities", default=None)


@contextmanager
def looked_at_once() -> Iterator[None]:
    """Within this block each capability is checked once, however many versions ask about it."""
    token = _SEEN.set({})
    try:
        yield
    finally:
        _SEEN.reset(token)


def platform(asked: Asked) -> Mapping[str, Any]:
    keys = {leaf.capability for pack in asked.packs for leaf in pack.leaves if isinstance(leaf, CapabilityRule)}
    return {"ledger_size": _ledger_size(), "capabilities": _found(sorted(keys))}


def _found(keys: Iterable[str]) -> tuple[Capability, ...]:
    seen = _SEEN.get()
    if seen is None:
        return capabilities.found(keys)
    wanted = list(keys)
    seen |= {each.key: each for each in capabilities.found(key for key in wanted if key not in seen)}
    return tuple(seen[key] for key in wanted if key in seen)


def _ledger_size() -> int | None:
    try:
        return ledger.head().size
    except LedgerDamaged:
        return None

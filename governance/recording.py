"""When are facts written down? Together, as the last statement of the transaction that makes them true.

The ledger takes one writer at a time, so a transaction touches it once, at its end. Whatever is recorded inside a
`together` block, by whichever service or receiver, waits for the end of the outermost one; so does work that must see
the whole change, such as a new decision of the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from governance import ledger
from governance.ledger import Fact


@dataclass(slots=True)
class _Block:
    facts: list[Fact] = field(default_factory=list)
    work: dict[str, Callable[[], object]] = field(default_factory=dict)
    last: dict[str, Callable[[], object]] = field(default_factory=dict)


_OPEN: ContextVar[_Block | None] = ContextVar("open_block", default=None)


@contextmanager
def together() -> Iterator[None]:
    """One transaction; its facts are appended when the outermost block ends. An error undoes and forgets them."""
    if (outer := _OPEN.get()) is not None:
        with _nested(outer):
            yield
        return
    block = _Block()
    token = _OPEN.set(block)
    try:
        with transaction.atomic():
            yield
            _finish(block)
    finally:
        _OPEN.reset(token)


@contextmanager
def _nested(outer: _Block) -> Iterator[None]:
    facts, work, last = len(outer.facts), dict(outer.work), dict(outer.last)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del outer.facts[facts:]
        outer.work, outer.last = work, last
        raise


def _finish(block: _Block) -> None:
    while waiting := block.work or block.last:
        waiting.pop(next(iter(waiting)))()
    ledger.append(*block.facts, at=timezone.now())


def record(*facts: Fact) -> None:
    """Write facts down at the end of this block, or of a block of their own."""
    with together():
        if (block := _OPEN.get()) is not None:
            block.facts.extend(facts)


def at_end(key: str, work: Callable[[], object], *, last: bool = False) -> None:
    """Do this once, when everything else in the block is done and before its facts are appended.

    last: after all other work, which may ask for the same thing once more.
    """
    with together():
        if (block := _OPEN.get()) is not None:
            (block.last if last else block.work).setdefault(key, work)


def pending() -> tuple[Fact, ...]:
    """What this transaction has recorded and the ledger does not show yet."""
    block = _OPEN.get()
    return () if block is None else tuple(block.facts)

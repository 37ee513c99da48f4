"""Are people and programs kept to what they may do? The rules of the running release, tried out on made-up cases."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from importlib import import_module
from itertools import pairwise
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from governance import services
from governance.core import duties, suppression
from governance.services import approvals, signatures
from governance.services.capability_answer import Answer, unless
from registry.api.permissions import SignedInPerson, SignedInWithScope
from registry.core.lifecycle import MOVES, State, may_move
from registry.core.scopes import ROLE_SCOPES, SCOPES
from registry.models.token import ApiToken
from registry.models.user import Role, User

_SOMEBODY = UUID(int=1)
_MOST_TRIES, _LEAST_LOCK = 10, timedelta(minutes=5)
_ORDER = (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.APPROVED)


@cache
def signing() -> tuple[Callable[..., object], ...]:
    """Every service that ends in a signature, found by what its code calls: a list would forget the next one."""
    names = [f"{services.__name__}.{each.name}" for each in pkgutil.iter_modules(services.__path__)]
    # This file only looks at how signing is done.
    return tuple(each for name in names if name != __name__ for each in _signing_in(import_module(name)))


def _signing_in(module: ModuleType) -> Iterator[Callable[..., object]]:
    own = {
        name: each
        for name, each in vars(module).items()
        if inspect.isfunction(each) and each.__module__ == module.__name__
    }
    called = {name: frozenset(_named(each.__code__)) for name, each in own.items()}
    found = {name for name, names in called.items() if names >= {"signatures", "sign"}}
    while more := {name for name, names in called.items() if names & found} - found:
        found |= more
    return (own[name] for name in sorted(found) if not name.startswith("_"))


def _named(code: CodeType) -> Iterator[str]:
    """The names that a piece of code, and what is written inside it, refers to."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _named(inner)


def signature_reauthentication() -> Answer:
    asked = inspect.signature(signatures.sign).parameters["signer"].annotation
    against = [] if asked in (signatures.Confirmed, "Confirmed") else ["signing asks for no confirmed person"]
    for service in (signatures.confirm, *signing()):
        if not _asks_password(service):
            against.append(f"{service.__module__.rpartition('.')[2]}.{service.__name__} asks for no password")
    return unless(against, so="Everything that ends in a signature demands the password at that moment.")


def _asks_password(service: Callable[..., object]) -> bool:
    """Whether it cannot be called without a password, or without a person who has just given theirs."""
    asked = inspect.signature(service).parameters
    password = asked.get("password")
    if password is not None:
        return password.default is inspect.Parameter.empty
    return any(
        "Confirmed" in str(each.annotation) and each.default is inspect.Parameter.empty for each in asked.values()
    )


def signing_lockout() -> Answer:
    against = []
    if not 0 < signatures.TRIES <= _MOST_TRIES:
        against.append(f"{signatures.TRIES} wrong passwords are allowed")
    if signatures.WITHIN < _LEAST_LOCK:
        against.append(f"wrong passwords are forgotten after {signatures.WITHIN}")
    minutes = int(signatures.WITHIN.total_seconds() // 60)
    return unless(against, so=f"{signatures.TRIES} wrong passwords within {minutes} minutes close signing.")


def role_checks() -> Answer:
    named = cast("list[str]", settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"])
    classes = [import_string(path) for path in named]
    against = [] if SignedInWithScope in classes else ["calls are not checked for a role"]
    nobody = SimpleNamespace(user=None, auth=None, method="GET")
    if any(each().has_permission(cast("Any", nobody), cast("Any", SimpleNamespace())) for each in classes):
        against.append("a call without an account is let in")
    against += [
        f"the role {role.value} is not in the table of scopes" for role in Role if role.value not in ROLE_SCOPES
    ]
    against += [f"the role {role} may do everything" for role, held in ROLE_SCOPES.items() if held >= set(SCOPES)]
    return unless(against, so="Every call is refused unless a role allows it, and no role allows everything.")


def state_machine() -> Answer:
    steps = list(pairwise(_ORDER))
    against = [f"{one} does not lead to {other}" for one, other in steps if not may_move(one, other)]
    against += [
        f"{one} leads to {other} without the steps between"
        for place, one in enumerate(_ORDER)
        for other in _ORDER[place + 2 :]
        if may_move(one, other)
    ]
    against += [f"{state} has no place in the order" for state in State if state not in MOVES]
    return unless(against, so="A version is drafted, submitted, reviewed and approved in this order only.")


def separation_of_duties() -> Answer:
    held = frozenset({"reviewer", "approver"})
    makers = frozenset({_SOMEBODY})
    against = []
    if duties.against_signing(person=_SOMEBODY, held=held, role="reviewer", makers=makers, standing=()) is None:
        against.append("a contributor can review")
    if duties.against_waiving(person=_SOMEBODY, held=held, roles=("approver",), makers=makers) is None:
        against.append("a contributor can waive")
    signed = (duties.Signed("reviewer", _SOMEBODY),)
    none = frozenset[UUID]()
    if duties.against_signing(person=_SOMEBODY, held=held, role="approver", makers=none, standing=signed) is None:
        against.append("the reviewer can approve as well")
    return unless(against, so="Contributors are refused, and whoever reviewed cannot approve as well.")


def tokens_never_sign() -> Answer:
    program = SimpleNamespace(user=User(is_active=True), auth=ApiToken(), method="POST")
    lets_in = SignedInPerson().has_permission(cast("Any", program), cast("Any", SimpleNamespace()))
    against = ["a token is let in where people sign"] if lets_in else []
    against += [
        f"the scope {name} lets a program sign" for name in SCOPES if {"sign", "approve"} & set(name.split(":"))
    ]
    return unless(against, so="A token is refused where people sign, and no scope lets a program sign.")


def aggregate_exports() -> Answer:
    """A group of 5 people beside one of 500: it may neither be read, nor worked out from their sum."""
    counts = {"all": (505,), "small": (5,), "large": (500,)}
    sums = [suppression.Sum("all", ("small", "large"))]
    hidden = suppression.hidden(counts, sums)
    against = [] if "small" in hidden else ["a group of 5 is shown"]
    against += [f"the {name} group can be worked out" for name in suppression.derivable(hidden, sums)]
    if suppression.SMALL < 11:
        against.append(f"groups of {suppression.SMALL} are shown")
    return unless(against, so="Counts of 10 people and fewer are hidden, and cannot be worked out from the others.")


def suspension() -> Answer:
    against = [] if may_move(State.APPROVED, State.SUSPENDED) else ["an approved version cannot be suspended"]
    if not hasattr(approvals, "return_version"):
        against.append("nobody can stop a version")
    return unless(against, so="An approved version can be suspended by a signed return, which ends its permission.")


def retirement() -> Answer:
    against = [
        f"a version that is {state} cannot be retired"
        for state in State
        if state is not State.RETIRED and not may_move(state, State.RETIRED)
    ]
    if MOVES[State.RETIRED]:
        against.append("a retired version can come back")
    return unless(against, so="A version can be retired from every state, and never comes back.")

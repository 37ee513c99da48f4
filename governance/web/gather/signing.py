"""What is put before a signer? The record, its digest, the sentences, and what is open to this person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance import permissions
from governance.core.meanings import MEANING_OF_ROLE, REJECTION, SENTENCES
from governance.models.approval import ApprovalDecision
from governance.models.signature import Meaning
from governance.services.approvals import record_to_sign
from governance.web.gather.version import signing_roles
from governance.web.records import Node, nodes
from registry.core.canonical import digest
from registry.models.user import Role, User
from registry.models.version import ModelVersion


@dataclass(frozen=True, slots=True)
class Paper:
    """A record as it will be signed."""

    nodes: tuple[Node, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Meant:
    """When a person signs so, they say this."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Openings:
    """roles, decisions: what the person may choose. refusals: why nothing is open, each sentence once."""

    roles: tuple[str, ...]
    decisions: tuple[ApprovalDecision, ...]
    refusals: tuple[str, ...]

    @property
    def meant(self) -> tuple[Meant, ...]:
        approving = ApprovalDecision.APPROVE in self.decisions
        meanings = [MEANING_OF_ROLE[role] for role in self.roles] if approving else []
        meanings += [REJECTION] if ApprovalDecision.RETURN in self.decisions else []
        return tuple(Meant(str(Meaning(each).label), SENTENCES[each]) for each in meanings)


def paper(record: Mapping[str, Any]) -> Paper:
    return Paper(nodes(dict(record)), digest(record))


def version_paper(version: ModelVersion) -> Paper:
    return paper(record_to_sign(version))


def openings(version: ModelVersion, person: User) -> Openings:
    """Asked of `governance.permissions` for every role that the person holds and that signs."""
    roles = signing_roles(person)
    approving = {role: permissions.can_approve(person, version, role) for role in roles}
    returning = {role: permissions.can_return(person, version, role) for role in roles}
    open_roles = tuple(role for role in roles if approving[role][0] or returning[role][0])
    decisions = {
        ApprovalDecision.APPROVE: any(may for may, _ in approving.values()),
        ApprovalDecision.RETURN: any(may for may, _ in returning.values()),
    }
    said = [why for may, why in approving.values() if not may]
    needed = " or ".join(Role(role).label.lower() for role in MEANING_OF_ROLE)
    refusals = tuple(dict.fromkeys(said)) or ((f"Signing needs the role {needed}, which you do not hold.",))
    chosen = tuple(each for each, is_open in decisions.items() if is_open)
    return Openings(open_roles, chosen, () if open_roles else refusals)

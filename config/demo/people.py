"""Who takes part in the story? Seven accounts, each with a duty of its own."""

from __future__ import annotations

from dataclasses import dataclass

from config.demo.client import Account

ADMINISTRATOR = "iris.admin"


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str
    role: str
    scopes: tuple[str, ...]


CAST = (
    Person(
        "dana.developer",
        "Dana Okafor",
        "developer",
        (
            *("read", "models:write", "tables:write", "plans:write", "audits:run", "gate:evaluate"),
            *("card:write", "documents:write", "risks:write"),
        ),
    ),
    Person("rui.reviewer", "Rui Martins, MD", "reviewer", ("read", "gate:evaluate")),
    Person("amara.approver", "Amara Lindqvist", "approver", ("read", "gate:evaluate")),
    Person("stella.steward", "Stella Novak", "steward", ("read", "consent:write")),
    Person("cora.compliance", "Cora Benning", "compliance", ("read", "gate:evaluate", "documents:write")),
    Person("otto.auditor", "Otto Weiss", "auditor", ("read", "evidence:export")),
)


def gather(base: str, password: str) -> dict[str, Account]:
    """The administrator makes the accounts; everybody signs in on their own. Keyed by role."""
    administrator = Account(base, ADMINISTRATOR, password)
    administrator.sign_in(["read", "users:write"])
    for person in CAST:
        # Also a developer who happens to hold the approver's role: separation of duties must catch it.
        roles = [person.role, "approver"] if person.role == "developer" else [person.role]
        administrator.post(
            "users",
            {
                "username": person.username,
                "full_name": person.full_name,
                "email": f"{person.username}@hospital.example",
                "password": password,
                "roles": roles,
            },
        )
    team = administrator.post("teams", {"name": "Infectious Disease Analytics"})
    administrator.post(f"teams/{team['slug']}/members", {"username": "dana.developer"})
    accounts = {person.role: Account(base, person.username, password) for person in CAST}
    for person in CAST:
        accounts[person.role].sign_in(list(person.scopes))
    return {**accounts, "administrator": administrator}

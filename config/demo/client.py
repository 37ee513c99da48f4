"""How does the story talk to the product? Over HTTP like anybody else, one account at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = Any
Parameter = str | int | list[int]


class Denied(Exception):
    """The product refused; the problem document says why."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.problem = problem


@dataclass
class Account:
    """One person (a session, needed to sign) or the program that acts for them (a token)."""

    base: str
    username: str
    password: str
    session: httpx.Client = field(init=False)
    program: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.session = httpx.Client(base_url=f"{self.base}/api/v1/", timeout=300)
        self.program = httpx.Client(base_url=f"{self.base}/api/v1/", timeout=300)

    def sign_in(self, scopes: list[str]) -> None:
        """Open a session and make a token with the given scopes."""
        self.person_post("session", {"username": self.username, "password": self.password})
        token = self.person_post("tokens", {"name": "the story", "scopes": scopes, "days": 1})["token"]
        self.program.headers["Authorization"] = f"Bearer {token}"

    def person_post(self, path: str, body: Json) -> Json:
        csrf = self.session.cookies.get("csrftoken") or ""
        return _read(self.session.post(path, json=body, headers={"X-CSRFToken": csrf, "Referer": self.base}))

    def post(self, path: str, body: Json = None) -> Json:
        """With an idempotency key, as a careful client does: a repeated call creates nothing twice."""
        return _read(self.program.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())}))

    def patch(self, path: str, body: Json) -> Json:
        return _read(self.program.patch(path, json=body))

    def upload(self, path: str, fields: dict[str, str], name: str, content: bytes) -> Json:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return _read(self.program.post(path, data=fields, files={"file": (name, content)}, headers=headers))

    def get(self, path: str, **parameters: Parameter) -> Json:
        return _read(self.program.get(path, params=parameters))

    def all(self, path: str, **parameters: Parameter) -> list[Json]:
        """Every page of a list."""
        found: list[Json] = []
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=200, **parameters)
            found += answer["results"]
            if not answer["next"]:
                return found
            page += 1

    def download(self, path: str) -> bytes:
        answer = self.program.get(path)
        if answer.is_error:
            _read(answer)
        return answer.content


def _read(answer: httpx.Response) -> Json:
    if answer.is_error:
        try:
            problem = answer.json()
        except ValueError:
            problem = {"code": f"http_{answer.status_code}", "detail": answer.text[:300]}
        raise Denied(problem)
    return answer.json() if answer.content else None

"""Who is calling the API? A program with a token, or a person with a session."""

from __future__ import annotations

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from registry.models.token import ApiToken
from registry.models.user import User
from registry.services import tokens


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer fml_...`. The token itself becomes `request.auth`."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != self.keyword.lower():
            return None
        token = tokens.find(secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.", code="token_invalid")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="formulary"'


class SessionAuthentication(authentication.SessionAuthentication):
    """A person signed in through the browser or `POST /api/v1/session`; writes need the CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="formulary"'

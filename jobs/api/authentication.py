"""Tokens in the header `Authorization: Token …`, checked by one query."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

REFUSED = "The token is unknown, expired or revoked: send `Authorization: Token …` with a live one."

# Every request asks this. Written out, since Django's query builder takes longer than Postgres.
FIND = """
    SELECT "user".id, "user".username, "user".is_superuser, "user".is_staff, "user".is_active,
           ARRAY(SELECT "group".name
                   FROM auth_user_groups member
                   JOIN auth_group "group" ON "group".id = member.group_id
                  WHERE member.user_id = "user".id) AS group_names
      FROM knox_authtoken token
      JOIN auth_user "user" ON "user".id = token.user_id
     WHERE token.digest = %s AND "user".is_active
       AND (token.expiry IS NULL OR token.expiry > now())
"""


class TokenAuthentication(KnoxAuthentication):
    """Knox' tokens. Its own class makes two queries, and a third would ask for the groups."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The user, whose `group_names` are known, and the token."""
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError:
            raise AuthenticationFailed(REFUSED) from None
        for user in User.objects.raw(FIND, [digest]):
            return user, AuthToken(digest=digest, user=user)
        raise AuthenticationFailed(REFUSED)


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """Describes the header to OpenAPI."""

    target_class = "jobs.api.authentication.TokenAuthentication"
    name = "token"

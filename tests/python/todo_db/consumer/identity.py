"""Who asks: a signed, short-lived access token in the Authorization header."""

import os
import time
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

LIFETIME = 15 * 60  # seconds

_bearer = HTTPBearer(auto_error=False)


def make_access_token(user_id: UUID) -> str:
    """Return a token that says for a quarter of an hour who its bearer is."""
    claims = {"sub": str(user_id), "exp": int(time.time()) + LIFETIME}
    return jwt.encode(claims, os.environ["CONSUMER_SECRET"], algorithm="HS256")


def current_user(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> UUID:
    """Return whose request it is."""
    try:
        if credentials is None:
            raise ValueError
        claims = jwt.decode(
            credentials.credentials,
            os.environ["CONSUMER_SECRET"],
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )
        return UUID(claims["sub"])
    except (jwt.PyJWTError, ValueError, UnicodeError):
        raise HTTPException(
            401, "log in first", {"WWW-Authenticate": "Bearer"}
        ) from None


Me = Annotated[UUID, Depends(current_user)]

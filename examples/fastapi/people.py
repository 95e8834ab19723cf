"""Sign-up, log-in, and who asks: a short-lived JWT in the Authorization header."""

import os
import sys
import time
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import APIRouter, BackgroundTasks, Body, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from todo_db import accounts
from todo_db.fastapi import Db

LIFETIME = 15 * 60  # seconds

router = APIRouter(tags=["people"])

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Password = Annotated[str, Field(min_length=8, max_length=1000)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]
SentEmail = Annotated[Email, Body(embed=True)]
SentSecret = Annotated[Secret, Body(embed=True)]
Bearer = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))
]


class SignUp(BaseModel):
    """Somebody new."""

    email: Email
    password: Password
    first_name: str = Field(default="", max_length=100)


class LogIn(BaseModel):
    """Somebody who comes back."""

    email: Email
    password: str


class Link(BaseModel):
    """What a mail led to: its secret, and a password (of the sign-up, or a new one)."""

    token: Secret
    password: Password


class LoggedIn(BaseModel):
    """What a client keeps."""

    access_token: str
    refresh_token: str


def current_user(bearer: Bearer) -> UUID:
    """Return whose request it is.

    Raises:
        HTTPException: 401, for nobody.
    """
    try:
        token = bearer.credentials if bearer else ""
        claims = jwt.decode(
            token,
            os.environ["API_SECRET"],
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )
        return UUID(claims["sub"])
    except (jwt.PyJWTError, ValueError):
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, "log in first", challenge) from None


@router.post("/sign-up", status_code=202)
async def sign_up(body: SignUp, db: Db, later: BackgroundTasks) -> None:
    """Sign up; the answer is the same for an address that is taken."""
    secret = await db.async_auth(accounts.sign_up(**body.model_dump()))
    later.add_task(send_mail, body.email, secret)


@router.post("/verify", status_code=204)
async def verify(body: Link, db: Db) -> None:
    """Show that the address is one's own, and that the sign-up was."""
    flow = accounts.verify_email(body.token, password=body.password)
    if await db.async_auth(flow) is None:
        raise HTTPException(404, "this link does not work (any more)")


@router.post("/log-in")
async def log_in(body: LogIn, db: Db) -> LoggedIn:
    """Log in with address and password."""
    return _tokens(await db.async_auth(accounts.log_in(**body.model_dump())))


@router.post("/refresh")
async def refresh(token: SentSecret, db: Db) -> LoggedIn:
    """Continue a log-in."""
    return _tokens(await db.async_auth(accounts.refresh(token)))


@router.post("/log-out", status_code=204)
async def log_out(token: SentSecret, db: Db) -> None:
    """End a log-in."""
    await db.async_auth(accounts.log_out(token))


@router.post("/password/forgotten", status_code=202)
async def forgotten(email: SentEmail, db: Db, later: BackgroundTasks) -> None:
    """Ask for a way to set a new password."""
    secret = await db.async_auth(accounts.request_reset(email))
    later.add_task(send_mail, email, secret)


@router.post("/password/reset", status_code=204)
async def reset(body: Link, db: Db) -> None:
    """Set a new password."""
    flow = accounts.reset_password(token=body.token, password=body.password)
    if await db.async_auth(flow) is None:
        raise HTTPException(404, "this link does not work (any more)")


def send_mail(address: str, secret: str) -> None:
    """Write to the log what a mail service would send."""
    sys.stderr.write(f"mail to {address}: {secret}\n")


def _tokens(login: accounts.Login | None) -> LoggedIn:
    if login is None:
        raise HTTPException(401, "address and password do not fit")
    claims = {"sub": str(login.user_id), "exp": int(time.time()) + LIFETIME}
    token = jwt.encode(claims, os.environ["API_SECRET"], algorithm="HS256")
    return LoggedIn(access_token=token, refresh_token=login.refresh_token)

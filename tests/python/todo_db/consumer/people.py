"""Sign-up, log-in and the own account."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, HTTPException
from pydantic import BaseModel, Field
from sqlmodel import select

from tests.python.todo_db.consumer.door import Db, Reading, Writing, send_mail
from tests.python.todo_db.consumer.identity import make_access_token
from todo_db import accounts
from todo_models import User, UserPublic, UserUpdate

router = APIRouter(tags=["people"])

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Password = Annotated[str, Field(min_length=8, max_length=1000)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]


class SignUp(BaseModel):
    """Somebody new."""

    email: Email
    password: Password
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    time_zone: str = "UTC"


class LogIn(BaseModel):
    """Somebody who comes back."""

    email: Email
    password: str


class Token(BaseModel):
    """A secret that was handed out before."""

    token: Secret


class Verification(Token):
    """The link of a sign-up, and the password that was chosen at it."""

    password: str


class Reset(Token):
    """A new password."""

    password: Password


class Address(BaseModel):
    """Where to write to."""

    email: Email


class LoggedIn(BaseModel):
    """What a client keeps."""

    access_token: str
    refresh_token: str


@router.post("/sign-up", status_code=202)
async def sign_up(body: SignUp, db: Db, later: BackgroundTasks) -> None:
    """Sign up; the answer is the same for an address that is taken."""
    secret = await db.async_auth(accounts.sign_up(**body.model_dump()))
    later.add_task(send_mail, body.email, secret)


@router.post("/verify", status_code=204)
async def verify(body: Verification, db: Db) -> None:
    """Show that the address is one's own, and that the sign-up was."""
    flow = accounts.verify_email(body.token, password=body.password)
    if await db.async_auth(flow) is None:
        raise HTTPException(404, "this link does not work (any more)")


@router.post("/log-in")
async def log_in(body: LogIn, db: Db) -> LoggedIn:
    """Log in with address and password."""
    login = await db.async_auth(accounts.log_in(**body.model_dump()))
    return _logged_in(login)


@router.post("/refresh")
async def refresh(body: Token, db: Db) -> LoggedIn:
    """Continue a log-in."""
    return _logged_in(await db.async_auth(accounts.refresh(body.token)))


@router.post("/log-out", status_code=204)
async def log_out(body: Token, db: Db) -> None:
    """End a log-in."""
    await db.async_auth(accounts.log_out(body.token))


@router.post("/password/forgotten", status_code=202)
async def forgotten(body: Address, db: Db, later: BackgroundTasks) -> None:
    """Ask for a way to set a new password."""
    secret = await db.async_auth(accounts.request_reset(body.email))
    later.add_task(send_mail, body.email, secret)


@router.post("/password/reset", status_code=204)
async def reset(body: Reset, db: Db) -> None:
    """Set a new password."""
    flow = accounts.reset_password(token=body.token, password=body.password)
    if await db.async_auth(flow) is None:
        raise HTTPException(404, "this link does not work (any more)")


@router.get("/me")
async def me(session: Reading) -> UserPublic:
    """Return the own account."""
    return UserPublic.model_validate((await session.exec(select(User))).one())


@router.patch("/me")
async def change_me(body: UserUpdate, session: Writing) -> UserPublic:
    """Change the own account."""
    row = body.apply((await session.exec(select(User))).one())
    await session.flush()
    return UserPublic.model_validate(row)


def _logged_in(login: accounts.Login | None) -> LoggedIn:
    if login is None:
        raise HTTPException(401, "address and password do not fit")
    return LoggedIn(
        access_token=make_access_token(login.user_id),
        refresh_token=login.refresh_token,
    )

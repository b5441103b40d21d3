"""The door to a Label Studio server: signing in, and its errors in plain words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from judge.core.errors import EXIT_FAILURES_REMAIN, PersonaJudgeError

TOKEN = "LABEL_STUDIO_API_KEY"  # noqa: S105 - the name of the variable
SECONDS = 60.0
BACKOFF = (0.5, 1.0, 2.0)  # seconds before each repeat
Answer = TypeVar("Answer")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class ServerError(PersonaJudgeError):
    """The labelling server refused, or could not be reached. ``unsure``: a write may have been carried out.

    ``passing``: the same call may succeed in a moment. ``missing``: what was asked for is not there.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        unsure: bool = False,
        passing: bool = False,
        missing: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.unsure = unsure
        self.passing = passing
        self.missing = missing
        if unsure:
            self.exit_code = EXIT_FAILURES_REMAIN


@contextmanager
def connected(url: str, token: str, *, seconds: float = SECONDS) -> Iterator[Any]:
    """A client of the server at ``url``. ``token`` is a personal access token or a legacy one: the SDK knows which.

    The environment's proxies are used for every host but loopback. The client repeats nothing by itself: the SDK would
    repeat writes as well, and so write twice where a reply was lost. Errors: no address; the token is refused.
    """
    import httpx
    from label_studio_sdk import client as sdk

    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServerError(f"{url!r} is not the address of a server", hint="give it as http://localhost:8080")
    if parts.username or parts.password:
        raise ServerError("the address holds a password", hint=f"put a token into {TOKEN} instead")
    if page := re.search(r"/(projects|user|tasks|data|api|organization)(/|$)", parts.path):
        base = f"{parts.scheme}://{parts.netloc}{parts.path[: page.start()]}"
        raise ServerError(f"{url} is the address of a page of the server", hint=f"give the server's own: {base}")
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ServerError(
            "the token holds characters that no token has", hint=f"copy it again, and set {TOKEN} to it alone"
        )
    own = parts.hostname in _LOOPBACK
    with httpx.Client(timeout=seconds, follow_redirects=True, trust_env=not own) as http:
        with plain_errors(url):
            base = url.rstrip("/") + "/"  # the SDK drops a last part without a slash when it refreshes a token
            client: Any = sdk.LabelStudio(  # type: ignore[no-untyped-call]
                base_url=base, api_key=token, httpx_client=http, max_retries=0
            )
        asked(url, client.users.whoami)
        yield client


def retry(call: Callable[[], Answer]) -> Answer:
    """Make a call that is safe to repeat, and repeat it while it fails with a passing error.

    A passing error is a server failure (5xx, as when its SQLite database is locked; 429), a refused or a broken
    connection; a time-out is not, since it took a minute. There are at most three repeats, after 0.5, 1 and 2 seconds.

    Raises:
        ServerError: The error is not passing, or the last repeat failed.
    """
    for pause in BACKOFF:
        try:
            return call()
        except ServerError as error:
            if not error.passing:
                raise
        time.sleep(pause)
    return call()


def asked(url: str, call: Callable[[], Answer]) -> Answer:
    """Make an SDK call that is safe to repeat (a read, or a write that changes nothing the second time), with retries.

    Args:
        url: The server, for messages.
        call: Makes the request and reads the whole result: the SDK's pagers send requests while they are iterated.

    Raises:
        ServerError: See :func:`retry`.
    """

    def once() -> Answer:
        with plain_errors(url):
            return call()

    return retry(once)


@contextmanager
def plain_errors(url: str) -> Iterator[None]:
    """Turn what the SDK and its HTTP client raise into a :class:`ServerError` in plain words."""
    import httpx
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        raise _refusal(url, error.status_code, error.body) from None
    except httpx.ConnectError:
        raise ServerError(
            f"no server answers at {url}",
            hint="start it (judge annotate serve), or check the address",
            unsure=True,
            passing=True,
        ) from None
    except httpx.TimeoutException:
        raise ServerError(
            f"{url} did not answer in time", hint="try again: nothing is done twice", unsure=True
        ) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise ServerError(f"{url!r} is not the address of a server: {error}") from None
    except httpx.HTTPError as error:
        raise ServerError(
            f"the connection to {url} broke: {error or type(error).__name__}",
            hint="try again: nothing is done twice",
            unsure=True,
            passing=True,
        ) from None
    except ValueError as error:  # a reply that is no JSON, as from a proxy or another kind of server
        raise ServerError(
            f"{url} does not answer like Label Studio: {error}", hint="check the address", unsure=True, passing=True
        ) from None


def _refusal(url: str, status: int | None, body: Any) -> ServerError:
    said = _said(body)
    if status == 401:
        return ServerError(
            f"{url} refused the token{said}",
            hint="take a new one from Account & Settings of the server; legacy tokens must be switched on there",
        )
    if status == 403:
        return ServerError(f"{url} does not allow this{said}", hint="use the token of a user who may edit the project")
    if status == 404:
        return ServerError(
            f"{url} does not have this project or page (404)", hint="check the address; push again", missing=True
        )
    if status is not None and status < 400:  # a page where data was expected
        return ServerError(f"{url} does not answer like Label Studio", hint="check the address", unsure=True)
    if status is None or status >= 500:
        return ServerError(
            f"{url} failed (status {status}){said}", hint="try again: nothing is done twice", unsure=True, passing=True
        )
    return ServerError(f"{url} refused the request (status {status}){said}", passing=status == 429)


def _said(body: Any) -> str:
    """What the server said, in one line; nothing of a whole page of HTML."""
    if isinstance(body, dict):
        errors = body.get("validation_errors") or {}
        parts = [f"{field}: {_line(text)}" for field, text in errors.items()] if isinstance(errors, dict) else []
        text = "; ".join(parts) or _line(body.get("detail") or "")
    else:
        text = _line(body)
    return f": {text}" if text and "<html" not in text.lower() and "<!doctype" not in text.lower() else ""


def _line(text: Any) -> str:
    joined = "; ".join(str(part) for part in text) if isinstance(text, list) else str(text or "")
    return re.sub(r"\s+", " ", joined).strip()[:300]

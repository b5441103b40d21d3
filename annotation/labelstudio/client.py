"""Label Studio client: authentication, error mapping, retries."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, TypeAdapter

from judge.core.certificates import check_certificates
from judge.core.errors import EXIT_FAILURES_REMAIN, PersonaJudgeError
from judge.core.redact import shown_address, start_of

TOKEN = "LABEL_STUDIO_API_KEY"  # noqa: S105 - the name of a variable
SECONDS = 60.0
BACKOFF = (0.5, 1.0, 2.0)  # seconds before each repeat
Answer = TypeVar("Answer")
_MOST_PAGES = 1000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class ServerError(PersonaJudgeError):
    """The labelling server refused a request, or could not be reached.

    Attributes:
        unsure: A write may have been carried out.
        passing: The same request may succeed soon.
        missing: The requested object does not exist.
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
    """Sign in; yields an SDK client.

    Proxies of the environment are used, except for loopback. The SDK's own retries are off: they repeat writes, too,
    and so write twice when a reply is lost.

    Args:
        url: The server's address.
        token: A personal access token or a legacy token.
        seconds: Time-out of a request.

    Raises:
        ServerError: The address or the token is malformed, the server cannot be reached, or it refuses the token.
        UsageError: The environment names certificates that are not there.
    """
    import httpx
    from label_studio_sdk import client as sdk

    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServerError(
            f"{shown_address(url)!r} is not the address of a server", hint="give an address like http://localhost:8080"
        )
    if parts.username or parts.password:
        raise ServerError("the address contains a password", hint=f"set {TOKEN} to a token instead")
    if page := re.search(r"/(projects|user|tasks|data|api|organization)(/|$)", parts.path):
        base = f"{parts.scheme}://{parts.netloc}{parts.path[: page.start()]}"
        raise ServerError(f"{url} is the address of a page of the server", hint=f"give the server's address: {base}")
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ServerError(
            "the token contains invalid characters", hint=f"copy it again, and set {TOKEN} to the token only"
        )
    own = parts.hostname in _LOOPBACK
    check_certificates()
    hooks = {"response": [_stay_on_the_host]}
    with httpx.Client(timeout=seconds, follow_redirects=True, trust_env=not own, event_hooks=hooks) as http:
        with plain_errors(url):
            base = (
                url.rstrip("/") + "/"
            )  # without the slash, the SDK drops the last part of the path when it refreshes a token
            client: Any = sdk.LabelStudio(  # type: ignore[no-untyped-call]
                base_url=base, api_key=token, httpx_client=http, max_retries=0
            )
        asked(url, client.users.whoami)
        yield client


def _stay_on_the_host(response: Any) -> None:
    """Refuse a redirect to another host: a campaign's texts and the token are for the server that was named."""
    if not response.has_redirect_location:
        return
    here, there = response.request.url, response.request.url.join(response.headers["location"])
    upgraded = (here.scheme, there.scheme) == ("http", "https") and here.port is None and there.port is None
    if here.host != there.host or not (upgraded or (here.scheme, here.port) == (there.scheme, there.port)):
        raise ServerError(
            f"{_place(here)} redirects to {_place(there)}, another host",
            hint="give that server's address if it is meant",
        )


def _place(url: Any) -> str:
    return f"{url.scheme}://{url.host}" + ("" if url.port is None else f":{url.port}")


def all_of(pager: Any) -> list[Any]:
    """Collect the items of a paged list, by their ids. Call it within :func:`asked`.

    Raises:
        ServerError: The pages do not end, or one repeats those before it.
    """
    found: dict[Any, Any] = {}
    for number, page in enumerate(_pages(pager)):
        before = len(found)
        found |= {item.id: item for item in page.items or ()}
        if number and len(found) == before:
            raise ServerError("the server sends the same page again and again", hint="check the address")
        if number >= _MOST_PAGES:
            raise ServerError(f"the server sends more than {_MOST_PAGES:,} pages", hint="check the address")
    return list(found.values())


def _pages(pager: Any) -> Iterator[Any]:
    """The pages of a list whose first page is there. Label Studio answers 404 for a page after the last."""
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield from pager.iter_pages()
    except ApiError as error:
        if error.status_code != 404:
            raise


def exported(client: Any, url: str, project: int) -> list[dict[str, Any]]:
    """Fetch a project's tasks with their annotations and drafts.

    Raises:
        ServerError: See :func:`asked`; or the export has another form.
    """

    def fetch() -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = client.projects.exports.as_json(project)
        _EXPORT.validate_python(tasks)
        return tasks

    return asked(url, fetch)


class _Annotation(BaseModel):
    id: int
    result: list[Any] | None = None


class _Task(BaseModel):
    id: int
    data: dict[str, Any] | None = None
    annotations: list[_Annotation] | None = None
    drafts: list[dict[str, Any]] | None = None


_EXPORT = TypeAdapter(list[_Task])


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
    """Map the exceptions of the SDK and its HTTP client to :class:`ServerError`.

    Raises:
        ServerError: The body raised one of them.
    """
    import httpx
    from label_studio_sdk.core.api_error import ApiError

    try:
        yield
    except ApiError as error:
        raise _refusal(url, error.status_code, error.body) from None
    except httpx.ConnectError:
        raise ServerError(
            f"no server answers at {url}",
            hint="start the server (judge annotate serve), or check the address",
            unsure=True,
            passing=True,
        ) from None
    except httpx.TimeoutException:
        raise ServerError(
            f"{url} did not answer in time", hint="rerun the command: nothing is done twice", unsure=True
        ) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise ServerError(f"{url!r} is not the address of a server: {error}") from None
    except httpx.HTTPError as error:
        raise ServerError(
            f"the connection to {url} broke: {error or type(error).__name__}",
            hint="rerun the command: nothing is done twice",
            unsure=True,
            passing=True,
        ) from None
    except (ValueError, AttributeError, TypeError, LookupError, RecursionError) as error:
        # A reply that is not JSON, or other JSON, as from a proxy or another server.
        words = start_of(" ".join(str(error).split()), 300) or type(error).__name__
        raise ServerError(
            f"{url} does not answer like Label Studio: {words}", hint="check the address", unsure=True, passing=True
        ) from None


def _refusal(url: str, status: int | None, body: Any) -> ServerError:
    said = _said(body)
    if status == 401:
        return ServerError(
            f"{url} refused the token{said}",
            hint="copy a new token from Account & Settings on the server; legacy tokens must be enabled there",
        )
    if status == 403:
        return ServerError(f"{url} does not allow this{said}", hint="use the token of a user who may edit the project")
    if status == 404:
        return ServerError(
            f"{url} does not have this project or page (404)", hint="check the address, or push again", missing=True
        )
    if status is not None and status < 400:  # a web page instead of data
        return ServerError(f"{url} does not answer like Label Studio", hint="check the address", unsure=True)
    if status is None or status >= 500:
        return ServerError(
            f"{url} failed (status {status}){said}",
            hint="rerun the command: nothing is done twice",
            unsure=True,
            passing=True,
        )
    return ServerError(f"{url} refused the request (status {status}){said}", passing=status == 429)


def _said(body: Any) -> str:
    """The server's message in one line; empty if it is an HTML page."""
    if isinstance(body, dict):
        errors = body.get("validation_errors") or {}
        parts = [f"{field}: {_line(text)}" for field, text in errors.items()] if isinstance(errors, dict) else []
        text = "; ".join(parts) or _line(body.get("detail") or "")
    else:
        text = _line(body)
    return f": {text}" if text and "<html" not in text.lower() and "<!doctype" not in text.lower() else ""


def _line(text: Any) -> str:
    joined = "; ".join(str(part) for part in text) if isinstance(text, list) else str(text or "")
    return start_of(re.sub(r"\s+", " ", joined).strip(), 300)

"""Render templates, style and script as one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

CREATOR = "Created by <code>judge report</code>"  # in the footer of each page
MOST_ROWS = 300  # of a table; all rows are in the run's tables
SCRIPTS = ("page.js", "text.js", "store.js", "filters.js", "reader.js", "explorer.js")


@cache
def environment() -> Environment:
    """Return Jinja's environment, with autoescape; an undefined name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from judge.reports.html.text import plain, shown

    made = Environment(
        loader=PackageLoader("judge.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = shown
    made.filters["plain"] = plain
    made.filters["whole"] = lambda text: shown(text, most=1_000_000)
    made.globals["MOST_ROWS"] = MOST_ROWS
    made.globals["CREATOR"] = Markup(CREATOR)  # noqa: S704 - ours
    return made


def asset(name: str) -> str:
    """Read a style sheet or a script from the folder of templates."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0]


def style() -> str:
    """Return the style sheet of pages and figures."""
    from judge.reports.figures import SVG_CSS

    return f"{SVG_CSS}\n{asset('page.css')}"


def script(*, explores: bool) -> str:
    """Return the script of a page, with that of the explorer where it has one, in a scope of its own."""
    names = SCRIPTS if explores else SCRIPTS[:1]
    return '"use strict";\n(() => {\n' + "\n".join(asset(name) for name in names) + "\n})();"


def policy(*, style_text: str, script_text: str, nonce: str | None, connects: bool = False) -> str:
    """Return the Content-Security-Policy: style and script of the page by hash, files beside it by a nonce.

    A page opened from disk has no origin: not every browser accepts `'self'`, and an integrity cannot be checked (the
    file is not fetched with CORS). A nonce works everywhere. It is the report's key, which depends on all texts of the
    run, and so cannot occur in one of them. ``connects`` lets the page's script ask the server that it came from.
    """
    scripts = [_hash(script_text), *([f"'nonce-{nonce}'"] if nonce is not None else [])]
    connected = "connect-src 'self'; " if connects else ""
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; "
        f"style-src {_hash(style_text)}; img-src data:; {connected}base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render(template: str, *, nonce: str | None = None, explores: bool = False, **values: Any) -> str:
    """Render a page from its template.

    Args:
        template: The template's name.
        nonce: The nonce of scripts beside the page; None where there are none.
        explores: Whether the page has the explorer.
        values: The values of the template.
    """
    from markupsafe import Markup

    style_text, script_text = style(), script(explores=explores)
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style_text),  # noqa: S704 - ours
            script=Markup(script_text),  # noqa: S704 - ours
            policy=policy(style_text=style_text, script_text=script_text, nonce=nonce),
            **values,
        )
    )

"""Templates, style and script put together into one file that loads nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_ROWS = 300  # of a table; all rows are in the run's own tables
SCRIPTS = ("page.js", "text.js", "store.js", "filters.js", "reader.js", "explorer.js")


@cache
def environment() -> Environment:
    """Jinja with autoescape, for which an undefined name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

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
    return made


def asset(name: str) -> str:
    """A style sheet or a script as it lies beside the templates."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), name)[0]


def style() -> str:
    """The page's style sheet, with that of the figures."""
    from judge.reports.figures import SVG_CSS

    return f"{SVG_CSS}\n{asset('page.css')}"


def script(*, explores: bool) -> str:
    """The page's script, in one function of its own; with the explorer's where there is one."""
    names = SCRIPTS if explores else SCRIPTS[:1]
    return '"use strict";\n(() => {\n' + "\n".join(asset(name) for name in names) + "\n})();"


def policy(*, style_text: str, script_text: str, nonce: str | None) -> str:
    """The page's Content-Security-Policy: its own style and script by hash, files beside it by a nonce, no more.

    A page from disk has no origin: `'self'` is no source there in every browser, and an integrity cannot be checked
    (the file is not fetched with CORS). A nonce works from anywhere; it is the report's key, which follows from all
    texts of the run, so that no text can hold it.
    """
    scripts = [_hash(script_text), *([f"'nonce-{nonce}'"] if nonce is not None else [])]
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; "
        f"style-src {_hash(style_text)}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render(template: str, *, nonce: str | None = None, explores: bool = False, **values: Any) -> str:
    """A page from its template; ``explores`` says that it has the explorer, ``nonce`` admits the files beside it."""
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

"""A hook of mkdocs: links from a page to a file of the repository outside docs/ lead to a page that shows that file.

So that one Markdown text works on both: on the repository the link leads to the file itself.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)")
_FENCE = "`" * 6  # longer than any in the files shown


def outside(page: str, target: str) -> str | None:
    """The repository path that a link of a page leads to, if that lies outside docs/: `examples/study.yaml`."""
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
    return None if path.startswith(("docs/", "..")) else path


def shown(path: str) -> str:
    """The page that shows a file. Errors: FileNotFoundError if there is none."""
    source = ROOT / path
    if source.is_dir():
        names = sorted(each.name + "/" * each.is_dir() for each in source.iterdir() if not each.name.startswith("."))
        return f"# {path}\n\n" + "\n".join(f"- `{name}`" for name in names) + "\n"
    language = {".yaml": "yaml", ".py": "python", ".json": "json"}.get(source.suffix, "text")
    return f"# {path}\n\n{_FENCE}{language}\n{source.read_text(encoding='utf-8')}\n{_FENCE}\n"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add a page for each file that a page links to."""
    for page in list(files.documentation_pages()):
        for target, _ in _LINK.findall(page.content_string):
            path = outside(page.src_uri, target)
            if path is not None and files.get_file_from_path(f"repository/{path}.md") is None:
                files.append(File.generated(config, f"repository/{path}.md", content=shown(path)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:
    """Lead those links to their pages."""
    folder = posixpath.dirname(page.file.src_uri)

    def moved(found: re.Match[str]) -> str:
        path = outside(page.file.src_uri, found[1])
        if path is None:
            return found[0]
        return f"]({posixpath.relpath(f'repository/{path}.md', folder or '.')})"

    return _LINK.sub(moved, markdown)

"""Parse the replies in a journal again, with the texts that the judge was shown."""

from __future__ import annotations

from pathlib import Path

from pydantic_core import from_json

from judge.core.files import run_directory as rundir
from judge.core.records import Comparison, Judgment
from judge.judging.reply_parser.objects import is_whole
from judge.judging.reply_parser.parser import Parsed, Parsers
from judge.judging.reply_parser.quoted import shown_texts
from judge.prompts import Prompt, load_prompt


class Reread:
    """Parses the raw replies of a run's judgments. Keeps places in the file of comparisons, not texts.

    Args:
        prompt: The run's prompt.
        comparisons: The run's file of comparisons.
    """

    def __init__(self, prompt: Prompt, comparisons: Path) -> None:
        self._parsers = Parsers(prompt)
        self._path = comparisons
        self._places: dict[str, int] = {}
        offset = 0
        with comparisons.open("rb") as file:
            for line in file:
                self._places[from_json(line)["id"]] = offset
                offset += len(line)

    def __call__(self, row: Judgment) -> Parsed | None:
        """Parse a row's reply again; None where it has none that can be read.

        A truncated reply is read only if it is one closed JSON object: the rest was white space.
        """
        readable = row.status in ("ok", "parse_error") or (row.status == "truncated" and is_whole(row.raw or ""))
        if not row.raw or not readable:
            return None
        return self._parsers.of(row.criterion).parse(row.raw, row.tag, self._shown(row.comparison_id))

    def _shown(self, comparison_id: str) -> tuple[str, ...] | None:
        if (place := self._places.get(comparison_id)) is None:
            return None
        with self._path.open("rb") as file:
            file.seek(place)
            return shown_texts(Comparison.model_validate_json(file.readline()))


def reread(folder: Path) -> Reread:
    """Return what parses the replies of a run again, by the prompt and the comparisons that it keeps.

    Raises:
        PromptError: The run's prompt cannot be used.
    """
    return Reread(load_prompt(folder / rundir.PROMPT), folder / rundir.COMPARISONS)

"""Rewrite the layouts of a verdict without JSON as one line for each criterion, like ``persona winner: A``.

Layouts are tables (Markdown, HTML, CSV; a row or a column for each criterion), sections with a line ``Winner: A``
(under Markdown headings, in YAML or TOML), and elements (XML, the parameters of a tool call). What the lines mean is
decided by :mod:`judge.judging.reply_parser.lines`. A table whose columns are not understood is left out: its cells are
no winners.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from judge.judging.reply_parser.shapes import name_key

_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?\|?\s*")
_ROW = re.compile(r"<tr\b[^<>]*>((?:(?!<tr\b).){0,2000}?)</tr>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<t[hd]\b[^<>]*>((?:(?!<t[hd]\b).)*?)</t[hd]>", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter(?:=|\s+name\s*=\s*)[\"']?([\w -]+)[\"']?\s*>\s*([^<]*?)\s*</parameter>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"<(\w+)\s+winner\s*=\s*[\"']([^\"'<>]*)[\"'][^<>]*>", re.IGNORECASE)
_WINNER_ELEMENT = re.compile(r"<winner>\s*([^<]*?)\s*</winner>", re.IGNORECASE)
_WINNER_LINE = re.compile(r"[^\w\n]{0,24}winner\b[*_`\"' \t]*[:=\uff1a][*_`\"' \t]*(.*)", re.IGNORECASE)
_HEADING = re.compile(r"(?:\s*#{1,6}\s|\s*\[[\w -]+\]\s*$|\s*\*\*[^*]+\*\*\s*:?\s*$|\s*[\w -]+:\s*$)")
_BEFORE_A_NAME = re.compile(r"\W*(?:\d{1,2}[.)]\s*)?(?:(?:criterion|dimension|aspect)\b\W*)?", re.IGNORECASE)
_OF_LOSERS = re.compile(r"los(?:er|es|t)|wors[et]|weak|reject", re.IGNORECASE)
_LONGEST_LINE = 2_000


class Layouts:
    """Knows the criteria of a prompt.

    Args:
        fields: The reply's property of each criterion.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._criteria = {name_key(criterion): criterion for criterion in fields}
        self._columns = self._criteria | {name_key(field): criterion for criterion, field in fields.items()}
        self._names = {criterion: f"{criterion} winner" for criterion in fields}
        self._fields = {name_key(field) for field in fields.values()}
        self._fields_opened = re.compile(rf"(?=<(?:{'|'.join(map(re.escape, fields.values()))})>)", re.IGNORECASE)
        self._elements = {
            criterion: re.compile(
                rf"<{re.escape(criterion)}>((?:(?!</?{re.escape(criterion)}>).)*)</{re.escape(criterion)}>",
                re.IGNORECASE | re.DOTALL,
            )
            for criterion in fields
        }

    def as_lines(self, text: str) -> str:
        """Return the text with each layout that names winners as lines; other text is unchanged."""
        if "<" in text:
            text = self._without_elements(text)
        lines = [line for block in self._blocks(text.splitlines()) for line in block]
        return "\n".join(self._sections(lines))

    def _without_elements(self, text: str) -> str:
        text = _ROW.sub(lambda row: f"\n| {' | '.join(_flat(cell) for cell in _CELL.findall(row[1]))} |\n", text)
        text = _PARAMETER.sub(lambda found: f"\n{found[1]}: {found[2]}\n", text)
        text = self._fields_opened.sub("\n", _ATTRIBUTE.sub(self._attribute, text))
        for criterion, pattern in self._elements.items():
            text = pattern.sub(partial(self._element, criterion), text)
        return text

    def _attribute(self, found: re.Match[str]) -> str:
        criterion = self._criteria.get(name_key(found[1]))
        return found[0] if criterion is None else f"\n{self._names[criterion]}: {found[2]}\n"

    def _element(self, criterion: str, found: re.Match[str]) -> str:
        named = _WINNER_ELEMENT.findall(found[1])
        return "\n".join(("", *(f"{self._names[criterion]}: {each}" for each in named), "")) if named else found[0]

    def _blocks(self, lines: Sequence[str]) -> Iterator[list[str]]:
        """Tables as lines; every other line as it is."""
        at = 0
        while at < len(lines):
            end = at
            while end < len(lines) and _is_row(lines[end]):
                end += 1
            if end - at > 1:
                yield self._table([_cells(line) for line in lines[at:end] if not _RULE.fullmatch(line)], lines[at:end])
                at = end
            elif (rows := self._comma_table(lines, at)) is not None:
                yield self._table(rows, ())
                at += len(rows)
            else:
                yield [lines[at]]
                at += 1

    def _comma_table(self, lines: Sequence[str], at: int) -> list[list[str]] | None:
        """The rows of CSV that begins here: a header of a criterion and a winner, or of all winners."""
        head = [cell.strip() for cell in lines[at].split(",")]
        keys = [name_key(cell) for cell in head]
        if not (keys == ["criterion", "winner"] or (len(keys) > 1 and set(keys) == self._fields)):
            return None
        rows = [head]
        for row in csv.reader(lines[at + 1 :]):
            if len(row) != len(head):
                break
            rows.append([cell.strip() for cell in row])
        return rows

    def _table(self, rows: list[list[str]], as_it_is: Sequence[str]) -> list[str]:
        """The lines of a table that names winners."""
        head = [name_key(cell) for cell in rows[0]]
        across = {place: self._columns[key] for place, key in enumerate(head) if key in self._columns}
        if len(across) > 1 and len(head) - min(across) == len(across):  # a column for each criterion, and no other
            of_winners = [row for row in rows[1:] if "winner" in name_key(row[0]) or self._fields & set(head)]
            return [
                f"{self._names[criterion]}: {row[place]}"
                for row in of_winners
                for place, criterion in across.items()
                if place < len(row)
            ]
        places = [place for place, key in enumerate(head) if "winner" in key]
        if len(places) == 1 and places[0] > 0:
            return [
                f"{self._names[criterion]}: {row[places[0]]}"
                for row in rows[1:]
                if len(row) > places[0] and (criterion := self._columns.get(name_key(row[0]))) is not None
            ]
        # A name and a winner in each row stand as lines do.
        are_lines = all(len(row) == 2 for row in rows) and not _OF_LOSERS.search(rows[0][-1])
        return list(as_it_is) if are_lines else []

    def _sections(self, lines: Sequence[str]) -> Iterator[str]:
        """``Winner: A`` below the heading of a criterion names the criterion."""
        section: str | None = None
        for line in lines:
            if len(line) > _LONGEST_LINE:
                yield line
                continue
            bare = name_key(_BEFORE_A_NAME.sub("", line, count=1))
            found = None if section is None else _WINNER_LINE.fullmatch(line)
            if found is not None:
                yield f"{self._names[section or '']}: {found[1]}"
                continue
            if bare in self._criteria:
                section = self._criteria[bare]
            elif _HEADING.match(line):
                section = None
            yield line


def _is_row(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and line.count("|") > 1 and line.lstrip().startswith("|")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _flat(cell: str) -> str:
    return " ".join(re.sub(r"<[^>]*>|\|", " ", cell).split())

"""Winners that a reply names in words: a verdict in lines instead of JSON, and prose that contradicts the JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from judge.core.records import Choice
from judge.judging.reply_parser.winners import plain

# In words: "overall winner: B", "** = B", "</b>: B", "| B", " is B"; not the format restated: "A" or "B", A|B|tie.
_BETWEEN = r"[\s*_`\"'\]]{0,5}(?:[:\uff1a=|>]|\bis\b)[\s*_`\"'>|]{0,8}"
_NAMED = r"(\w+(?: \w+){0,2})(?![\"' \t]*(?:\bor\b|/|\|[\"' \t]*\w))"
_START = r"(?:[^\w\n]|\d{1,2}[.)]){0,24}+"  # marks of lists, headings and quotations, and signs
_LONGEST_LINE = 300  # characters of a line that names a winner
_SEPARATOR = r"[*_`\"' \t]*(?:[:\uff1a=|>]|\u2014|\u2013|->|\u2192|\bis\b|-(?=[ \t]))[:*_`\"'|> \t]*"
_END = re.compile(r"(?:</[\w\s-]*>|[|,;*_`\"'}\s])+$")


@dataclass(frozen=True)
class InLines:
    """A verdict in lines.

    Attributes:
        winners: By criterion; empty where there is no verdict.
        problem: Why there is none, where some lines name winners.
        analyses: The text under each heading that is a text field's name.
    """

    winners: dict[str, Choice]
    problem: str | None
    analyses: dict[str, str]


class WinnersInWords:
    """Finds winners that are named in words, like ``Overall winner: B``, in any case and spelling of the field.

    Args:
        fields: The reply's property of each criterion.
        text_fields: The properties that hold analyses.
        choice: Maps what a line names to a winner.
        words: The prompt's own words for winners: only these contradict, since prose has many others.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        text_fields: tuple[str, ...],
        choice: Callable[[str], Choice | None],
        words: Mapping[str, Choice],
    ) -> None:
        self._choice = choice
        self._words = words
        spelled = {criterion: _spelled(name) for criterion, name in fields.items()}
        other = {
            criterion: rf"(?:{name}|winner[ \t]*(?:\(|(?:for|on|in|of) )(?:the )?{_spelled(criterion)}[ \t]*\)?)"
            for criterion, name in spelled.items()
        }
        self._anywhere = {
            criterion: re.compile(r"\b" + name + r"\b" + _BETWEEN + _NAMED, re.IGNORECASE)
            for criterion, name in spelled.items()
        }
        self._lines = {
            criterion: re.compile(rf"{_START}{name}(?<=[\w)]){_SEPARATOR}(.*)", re.IGNORECASE)
            for criterion, name in other.items()
        }
        names = "|".join((*other.values(), *map(_spelled, fields)))
        self._next_clause = re.compile(rf"[,;]\s*(?=[\"'*_`]{{0,4}}(?:{names})[\"'*_` \t]{{0,4}}[:=])", re.IGNORECASE)
        self._alone = re.compile(rf"{_START}(?:{names})[^\w\n]{{0,12}}", re.IGNORECASE)
        self._bare = {
            criterion: re.compile(rf"{_START}{_spelled(criterion)}\b{_SEPARATOR}(.*)", re.IGNORECASE)
            for criterion in fields
        }
        every = "|".join(_spelled(name) for name in (*text_fields, *fields.values(), "verdict", "final verdict"))
        self._heading = re.compile(rf"{_START}({every})\b[*_`\"' \t>]*+(?:[:\uff1a=]+|$)", re.IGNORECASE)
        self._text_fields = {_bare_name(name): name for name in text_fields}

    def contradict(
        self, prose: str, winners: Mapping[str, Choice], is_quoted: Callable[[str, Choice], bool] | None = None
    ) -> bool:
        """Whether the words name another winner than ``winners`` for some criterion; what is quoted does not count."""
        for criterion, pattern in self._anywhere.items():
            for named in pattern.findall(prose):
                words = named.split()
                # The longest stretch of words that names a winner counts: "Response B is" is B.
                ends = range(len(words), 0, -1)
                found = [self._words[key] for end in ends if (key := plain(" ".join(words[:end]))) in self._words]
                choice = found[0] if found else None
                if choice is None or choice == winners[criterion]:
                    continue
                if is_quoted is None or not is_quoted(criterion, choice):
                    return True
        return False

    def verdict(self, text: str) -> InLines:
        """Read a verdict in lines: each criterion named in one line of its own, and contradicted nowhere."""
        winners: dict[str, Choice] = {}
        parts = self._clauses(text)
        lines = {criterion: self._of(parts, self._lines[criterion]) for criterion in self._lines}
        if not any(lines.values()):
            lines = {criterion: self._of(parts, self._bare[criterion], only_winners=True) for criterion in self._bare}
        for criterion, named in lines.items():
            if len(named) > 1:
                return InLines({}, f"the reply names the winner for {criterion} in more than one line", {})
            if named and (choice := self._choice(named[0])) is not None:
                winners[criterion] = choice
        if not winners:
            return InLines({}, None, {})
        if unread := [criterion for criterion in lines if criterion not in winners]:
            return InLines({}, f"the reply names no winner for {', '.join(unread)}", {})
        if self.contradict(text, winners):
            return InLines({}, "the reply names two winners for one criterion", {})
        return InLines(winners, None, self._analyses(text))

    def _clauses(self, text: str) -> list[str]:
        """The lines of a text, those apart that stand in one; a name alone in its line takes the winner below it."""
        found: list[str] = []
        for line in filter(str.strip, text.splitlines()):
            if len(line) > _LONGEST_LINE:
                continue
            if found and self._alone.fullmatch(found[-1]) and self._choice(line) is not None:
                found[-1] = f"{found[-1].rstrip(' :')}: {line.strip()}"
            else:
                found += self._next_clause.split(line)
        return found

    def _of(self, lines: list[str], pattern: re.Pattern[str], *, only_winners: bool = False) -> list[str]:
        """What the lines name that a pattern matches."""
        found = []
        for line in lines:
            if (match := pattern.match(line)) is None:
                continue
            first, *others = re.split(r"\s*\|\s*", _END.sub("", match[1]), maxsplit=1)
            named = first if self._choice(first) or not others else " ".join((first, *others))
            if not only_winners or self._choice(named) is not None:
                found.append(named)
        return found

    def _analyses(self, text: str) -> dict[str, str]:
        """The text under each heading that is a text field's name, up to the next heading."""
        parts: dict[str, list[str]] = {}
        name: str | None = None
        for line in text.splitlines():
            if (heading := self._heading.match(line)) is not None:
                name = self._text_fields.get(_bare_name(heading[1]))
            if name is not None:
                parts.setdefault(name, []).append(line[heading.end() :] if heading else line)
        texts = {name: "\n".join(lines).strip(" \t\r\n*_`#>:|") for name, lines in parts.items()}
        return {name: text for name, text in texts.items() if text}


def _spelled(name: str) -> str:
    """A property's name as a pattern: with blanks, underscores or hyphens between its words, or nothing."""
    return r"[\s_-]{0,3}".join(map(re.escape, re.split("[_-]", name)))


def _bare_name(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()

"""Which sampling stratum each comparison of a run lies in, as far as annotations tell.

A campaign draws within strata of its own ("win / Social Values / sex_Female"); annotations carry the names of those
that were drawn, and of no others. What the others are is told only if the names mean something in the run: the first
part (before `` / ``: what the draw was allocated by), or the whole name, is the judge's outcome under some criterion,
or the category, stratum, subgroup, candidate or an attribute, of every annotated comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judge.core.errors import InputError
from judge.core.files.rows import named
from judge.core.records import Verdict
from judge.labels.labels import LabelFile
from judge.stats.win_rates.verdict_table import OUTCOMES

_HINT = "label some of its comparisons"


@dataclass(frozen=True)
class Strata:
    """``of`` maps comparison ids to sampling strata; comparisons whose stratum cannot be told are not in it.

    ``meaning`` says what the strata are, ``warnings`` what could not be checked.
    """

    of: dict[str, str]
    meaning: str
    warnings: tuple[str, ...] = ()

    def unlabelled(self, pool: Sequence[str], labelled: Sequence[str]) -> list[str]:
        """The strata of a pool of comparisons in which none is labelled; both are ids."""
        there = {self.of[each] for each in pool if each in self.of}
        return sorted(there - {self.of[each] for each in labelled if each in self.of})


def sampling_strata(file: LabelFile, verdicts: Sequence[Verdict], criteria: Sequence[str]) -> Strata:
    """Read the strata off the annotations.

    Errors: some labelled comparisons name a stratum and others do not; a stratum all of whose annotations were skipped.
    """
    answered = {row.item for row in file.rows if row.label is not None}
    named_ones = {item: (stratum or "").strip() for item, (stratum, _) in file.drawn.items()}
    blank = sorted(item for item in answered if not named_ones[item])
    drawn = {item: stratum for item, stratum in named_ones.items() if stratum}
    if blank and drawn:
        raise InputError(
            f"{len(blank)} labelled comparisons name no sampling stratum, the others do: {named(blank)}",
            path=file.path,
            hint="the campaign that drew them knows it; without it no stratum can be checked",
        )
    if not drawn:
        said = "The annotations name no sampling strata: whether each stratum of the run has labels cannot be checked."
        return Strata({}, "not named", (said,))
    first = {item: stratum.split(" / ")[0] for item, stratum in drawn.items()}
    if absent := sorted(set(first.values()) - {first[item] for item in answered}):
        raise InputError(no_label(absent), path=file.path, hint=_HINT)
    for meaning, values in _schemes(verdicts, criteria):
        if all(values.get(item) in (name, drawn[item]) for item, name in first.items()):
            return Strata(values, meaning)
    if set(first.values()) <= set(OUTCOMES):
        outcomes = {row.comparison_id: str(row.outcome) for row in verdicts if row.criterion == criteria[-1]}
        return Strata(
            outcomes | first,
            f"outcomes under {criteria[-1]}",
            (
                "The sampling strata are outcomes, but not those of this run's verdicts. If it was judged anew since "
                "the draw, the strata of comparisons without labels are those of today.",
            ),
        )
    if len(set(first.values())) == 1:
        (name,) = set(first.values())
        return Strata({row.comparison_id: name for row in verdicts}, "one for the whole run")
    names = named(sorted(set(first.values())))
    said = (
        f"The sampling strata ({names}) are nothing that the run knows: that each of them has labels is checked, that "
        "the run has no others cannot be."
    )
    return Strata(first, "of the campaign's own", (said,))


def no_label(strata: Sequence[str]) -> str:
    """What is wrong where strata have no label."""
    return f"no label in the sampling stratum {named(strata)}: what the judge gets wrong there is unknown"


def _schemes(verdicts: Sequence[Verdict], criteria: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """What the names may mean, in the order of trying: a name for it, and its value of each comparison."""
    for criterion in reversed(criteria):
        yield (
            f"outcomes under {criterion}",
            {row.comparison_id: row.outcome for row in verdicts if row.criterion == criterion},
        )
    rows = {row.comparison_id: row for row in verdicts}
    for meaning, field in (("categories", "category"), ("strata", "stratum"), ("subgroups", "subgroup")):
        yield meaning, {name: value for name, row in rows.items() if (value := getattr(row, field)) is not None}
    yield "candidates", {name: row.candidate for name, row in rows.items()}
    for attribute in sorted({name for row in rows.values() for name in row.attributes}):
        yield attribute, {name: row.attributes[attribute] for name, row in rows.items() if attribute in row.attributes}

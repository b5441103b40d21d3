"""Sampling stratum of each comparison of a run, inferred from the annotations.

A campaign samples within strata ("win / Social Values / sex_Female"); annotations name the strata of the sampled
comparisons only. The strata of the other comparisons are inferred if the names match a field of the run: the first part
(before `` / ``: the field that the sample was allocated by), or the whole name, must be the judge's outcome under some
criterion, or the category, stratum, subgroup, candidate or an attribute, of every annotated comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from judge.core.errors import InputError
from judge.core.files.rows import named
from judge.core.records import Verdict
from judge.human_labels.read_labels import LabelFile
from judge.stats.formatting import counted
from judge.stats.win_rates.verdict_table import OUTCOMES

_HINT = "label some of its comparisons"


@dataclass(frozen=True)
class Strata:
    """Sampling strata of the comparisons of a run.

    Attributes:
        of: Stratum by comparison id; without the comparisons whose stratum is unknown.
        meaning: What the strata are.
        warnings: What could not be checked.
    """

    of: dict[str, str]
    meaning: str
    warnings: tuple[str, ...] = ()

    def unlabelled(self, pool: Sequence[str], labelled: Sequence[str]) -> list[str]:
        """Return the strata of a pool of comparisons in which none is labelled.

        Args:
            pool: Comparison ids.
            labelled: Ids of the labelled comparisons.
        """
        there = {self.of[each] for each in pool if each in self.of}
        return sorted(there - {self.of[each] for each in labelled if each in self.of})


def sampling_strata(file: LabelFile, verdicts: Sequence[Verdict], criteria: Sequence[str]) -> Strata:
    """Assign the comparisons of a run to sampling strata, by the strata that the annotations name.

    Args:
        file: The labels, with the stratum of each annotated comparison.
        verdicts: All verdicts of the run.
        criteria: The run's criteria, in order.

    Raises:
        InputError: Some labelled comparisons have a stratum and others do not, or all annotations of a stratum were
            skipped.
    """
    answered = {row.item for row in file.rows if row.label is not None}
    named_ones = {item: (stratum or "").strip() for item, (stratum, _) in file.sampling.items()}
    blank = sorted(item for item in answered if not named_ones[item])
    stratum_of = {item: stratum for item, stratum in named_ones.items() if stratum}
    if blank and stratum_of:
        raise InputError(
            f"no sampling stratum, which others have: {counted(len(blank), 'labelled comparison')}, {named(blank)}",
            path=file.path,
            hint="it is recorded in the campaign that sampled them; without it the strata cannot be checked",
        )
    if not stratum_of:
        said = "The annotations have no sampling strata, so coverage of the run's strata was not checked."
        return Strata({}, "not named", (said,))
    first = {item: stratum.split(" / ")[0] for item, stratum in stratum_of.items()}
    if absent := sorted(set(first.values()) - {first[item] for item in answered}):
        raise InputError(no_label(absent), path=file.path, hint=_HINT)
    for meaning, values in _schemes(verdicts, criteria):
        if all(values.get(item) in (name, stratum_of[item]) for item, name in first.items()):
            return Strata(values, meaning)
    if set(first.values()) <= set(OUTCOMES):
        outcomes = {row.comparison_id: str(row.outcome) for row in verdicts if row.criterion == criteria[-1]}
        return Strata(
            outcomes | first,
            f"outcomes under {criteria[-1]}",
            (
                "The sampling strata are outcomes, but differ from this run's verdicts. If the run was judged again "
                "after sampling, unlabelled comparisons are assigned to strata by their current verdicts.",
            ),
        )
    if len(set(first.values())) == 1:
        (name,) = set(first.values())
        return Strata({row.comparison_id: name for row in verdicts}, "one for the whole run")
    names = named(sorted(set(first.values())))
    said = (
        f"The sampling strata ({names}) match no field of the run. Each of them has labels; whether the run has "
        "other strata was not checked."
    )
    return Strata(first, "defined by the campaign", (said,))


def no_label(strata: Sequence[str]) -> str:
    """Return the error message for sampling strata without a label."""
    return f"no label in the sampling stratum {named(strata)}: the judge's errors there are unknown"


def _schemes(verdicts: Sequence[Verdict], criteria: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the fields that the names may match, in order of preference: a name, and the value of each comparison."""
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

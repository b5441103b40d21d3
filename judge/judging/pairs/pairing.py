"""Pair the responses of contestants into comparisons, and refuse responses that are not comparable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson

from judge.core.errors import InputError, UsageError
from judge.core.item_sequence import Unit
from judge.core.records import Item
from judge.core.survey.values import fields_of_response
from judge.judging.pairs.contestants import Contestant, Key, Place, SpoolReader, spool_reader
from judge.judging.pairs.incomplete_design import incomplete_design
from judge.judging.pairs.items import Context, Pair
from judge.responses.decoding import DIFFERING_DECODING, HINT
from judge.stats.formatting import counted
from judge.stats.leaderboard.all_pairs import OTHERS

OWN_FAMILY = "own-family"
ALLOWANCES = {
    "unpaired": "compare only the items that both contestants have",
    "empty": "leave out comparisons with an empty response",
    "mixed-prompts": "compare responses that were made with different prompts",
    DIFFERING_DECODING: "compare responses that were decoded in different ways, such as at another temperature",
    "differing-personas": "compare responses to different personas; the judge is shown the reference's",
    "differing-questions": "the same for the question's wording, id and category",
    "differing-subgroups": "the same for stratum, subgroup and attributes",
    "differing-ground-truth": "the same for the ground truth",
    OWN_FAMILY: "let the judges of a panel vote on contestants of their own model family",
    "missing": "exit with code 0 although calls failed; every table counts their comparisons as missing",
}
_SHOWN = 3
_REQUIRED = ("persona", "question", "ground_truth")  # what prompts may require of an item


@dataclass(frozen=True)
class LeftOut:
    """Counts of comparisons that ``--allow`` left out; the manifest and the head of the tables state them."""

    unpaired: int = 0
    empty: int = 0


Matched = tuple[Contestant, Contestant, list[Key]]  # two contestants, and the responses that both have


class Pairing:
    """All comparisons of contestants, checked when iterated: of each candidate with the reference, or of all pairs.

    In a comparison one contestant is called the reference and the other one the candidate, whose score a verdict has.
    Of all pairs, the reference is the one that was given first.

    Args:
        contestants: The contestants by name.
        reference: The name of the reference; None takes the first contestant.
        all_pairs: Whether the contestants are compared with one another; there is no reference of the run then.
        pairs_per_item: With ``all_pairs``, the number of pairs that are compared on each item, in a balanced design
            (:mod:`judge.judging.pairs.incomplete_design`); None compares all.
        seed: Of that design.
        items: The items of the values file by id; None where the response rows describe their items.
        requires: Fields that the prompt requires.
        allow: Names of :data:`ALLOWANCES`.
        values_path: The values file, for messages.

    Attributes:
        reference: The reference; None with ``all_pairs``.
        identical: The number of comparisons with the same text on both sides, apart from surrounding blanks. It,
            :attr:`warnings` and the length are complete after :meth:`comparisons` was read to its end.

    Raises:
        UsageError: There are fewer than two contestants, none is called ``reference``, or the options contradict each
            other.
        InputError: The contestants' items or prompts do not match, or no item is left to compare.
    """

    def __init__(
        self,
        contestants: Mapping[str, Contestant],
        *,
        reference: str | None,
        all_pairs: bool = False,
        pairs_per_item: int | None = None,
        seed: int = 0,
        items: Mapping[str, Item] | None,
        requires: tuple[str, ...],
        allow: frozenset[str],
        values_path: Path | None = None,
    ) -> None:
        names = list(contestants)
        if len(names) < 2:
            raise UsageError(
                f"only one contestant ({names[0]})" if names else "no contestants",
                hint="give at least two files; if one has several contestants: --columns contestant=COLUMN where its "
                "rows say whose they are, --columns text=COLUMN,text=COLUMN where each has a column",
            )
        if reference is not None and reference not in contestants:
            raise UsageError(f"no contestant is called {reference!r}", hint=f"the contestants are: {', '.join(names)}")
        if all_pairs and reference is not None:
            raise UsageError("--all-pairs compares all contestants with one another", hint="leave out --reference")
        if all_pairs and OTHERS in contestants:
            raise UsageError(
                f"a contestant is called {OTHERS!r}, as tables of all pairs call its opponents",
                hint="give it another name: NAME=FILE",
            )
        self._contestants = list(contestants.values())
        self.reference = None if all_pairs else contestants[reference or names[0]]
        self._items = items
        self._values_path = values_path
        self.identical = 0
        self._requires = frozenset(requires) & frozenset(_REQUIRED)
        self._allow = allow
        self._per_item = pairs_per_item
        self._seed = seed
        self._check_prompts(contestants)
        self._check_decoding()
        self._check_items()
        self._pairs, self.left_out = self._paired()
        several = all_pairs or len(self) > len({item_id for *_, keys in self._pairs for item_id, _ in keys})
        self._context = Context(items, allow=allow, values_path=values_path, several=several)
        if not len(self):
            raise InputError("no item is left to compare", hint="check that the files are of the same items")

    @property
    def opponents(self) -> list[tuple[Contestant, Contestant]]:
        """The pairs of contestants that are compared, the reference first."""
        if self.reference is None:
            return list(combinations(self._contestants, 2))
        return [(self.reference, entry) for entry in self._contestants if entry is not self.reference]

    @property
    def pairs_per_item(self) -> int:
        """The number of comparisons of an item that all contestants have."""
        whole = len(self.opponents)
        return whole if self._per_item is None else min(self._per_item, whole)

    def __len__(self) -> int:
        return sum(len(keys) for *_, keys in self._pairs)

    @property
    def warnings(self) -> list[str]:
        """Warnings about the comparisons, one sentence each."""
        found = [self._context.warning] if self._context.warning else []
        found += self._about_texts
        if self.identical:
            have = "has" if self.identical == 1 else "have"
            found.append(
                f"{self.identical:,} of {counted(len(self), 'comparison')} {have} the same text on both sides: any "
                "winner there is noise of the judge"
            )
        return found

    @property
    def _about_texts(self) -> list[str]:
        """Warnings about responses that are not as their models meant them to be read, with counts per contestant."""
        both = self._contestants
        found = []
        if (told := _counted([(entry, entry.reasoning) for entry in both])) is not None:
            found.append(
                f"responses contain reasoning text, which is judged and counted as part of them: {told}. `judge "
                "generate` keeps it in a field of its own; in other files, move it out of `text`"
            )
        if (told := _counted([(entry, entry.truncated) for entry in both])) is not None:
            found.append(f"responses were cut off at the token limit: {told}")
        mostly = [2 * len(entry.numbers) > len(entry.rows) for entry in both]
        if any(mostly) and not all(mostly):  # where all answer with numbers, numbers may be what was asked for
            told = _counted([(entry, entry.numbers) for entry in both])
            found.append(
                f"responses are a number alone, while other contestants answer in words: {told}. A model that was "
                "fine-tuned on numbers may answer every question with one"
            )
        for entry in both:
            if len(entry.models) > 1:
                models = ", ".join(f"{model} {count:,}" for model, count in entry.models.most_common())
                found.append(f"responses of {entry.name} came from several models: {models}")
        if told := ", ".join(f"{entry.name} {_kinds(entry)}" for entry in both if entry.failures):
            found.append(f"rows that hold a failed call are no responses and were left out: {told}")
        return found

    def comparisons(self, files: Sequence[Path], folder: Path) -> Iterator[bytes]:
        """Yield the comparisons, pair by pair: lines of JSON, each a :class:`Comparison`.

        Args:
            files: The files of responses, in the order in which they were read.
            folder: The folder of their spool.

        Raises:
            InputError: Two rows contradict each other, or a field that the prompt requires is missing; there are fewer
                comparisons than join all contestants.
        """
        if self._per_item is not None:
            with spool_reader(files, folder) as reader:
                self._pairs = self._chosen(self._per_item, reader)
        with spool_reader(files, folder) as of_reference, spool_reader(files, folder) as of_candidate:
            yield from self._comparisons(of_reference, of_candidate)

    def _comparisons(self, of_reference: SpoolReader, of_candidate: SpoolReader) -> Iterator[bytes]:
        for reference, candidate, keys in self._pairs:
            for key in keys:
                item_id, sample = key
                pair = Pair(reference, candidate, reference.rows[key], candidate.rows[key])
                first, second = of_reference.read(reference, pair.first), of_candidate.read(candidate, pair.second)
                about = first.about(item_id)
                rows = about, about if first.about_line == second.about_line else second.about(item_id)
                item = self._context.item(rows, pair)
                if not all(map(item.get, self._requires)):
                    self._refuse_lack(item, pair.places[0])
                self.identical += first.has_text_of(second)
                reference_text, reference_sha256 = first.parts()
                candidate_text, candidate_sha256 = second.parts()
                row = {
                    "id": f"{item_id}|{sample}|{reference.name}|{candidate.name}",
                    "item": item,
                    "sample": sample,
                    "reference": reference.name,
                    "candidate": candidate.name,
                    "reference_text": reference_text,
                    "candidate_text": candidate_text,
                    "reference_sha256": reference_sha256,
                    "candidate_sha256": candidate_sha256,
                }
                yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)

    def _refuse_lack(self, item: Mapping[str, Any], place: Place) -> None:
        name = next(name for name in _REQUIRED if name in self._requires and not item.get(name))
        words = name.replace("_", " ")
        if self._items is None:
            problem = "the row does not give it"
            hint = f"give --values values.jsonl, or name its column: --columns {name}=NAME"
            if name == "question":
                hint += "; or give the requests that were sent: --questions FILE"
            else:
                hint += "; or --prompt general, which needs only a question and the responses"
        else:
            problem = f"neither the row nor {self._values_path} gives it"
            hint = "add the field to the rows or to the values file"
        raise InputError(
            f"the prompt needs the {words}, and {problem}", path=place.path, line=place.line, row=item["id"], hint=hint
        )

    def _check_prompts(self, contestants: Mapping[str, Contestant]) -> None:
        if "mixed-prompts" in self._allow:
            return
        prompts = [(ref, place) for entry in contestants.values() for ref, place in entry.prompts.items()]
        for ref, (path, line, row) in prompts[1:]:
            if ref != prompts[0][0]:
                first_path, first_line, _ = prompts[0][1]
                raise InputError(
                    f"mixed prompt versions: this row was made with {_prompt(ref)}, {first_path}:{first_line} with "
                    f"{_prompt(prompts[0][0])}",
                    path=path,
                    line=line,
                    row=row,
                    hint="compare responses to one prompt, or --allow mixed-prompts",
                )

    def _check_decoding(self) -> None:
        """Refuse a contestant that was decoded in another way than the first that says how it was."""
        known_by = [self.reference] if self.reference is not None else self._contestants
        first_one = next((entry for entry in known_by if entry.decodings), None)
        if DIFFERING_DECODING in self._allow or first_one is None:
            return
        for candidate in self._contestants:
            one, other = first_one.decodings, candidate.decodings
            if not other or one.keys() == other.keys():
                continue
            owner, found, known = (candidate, other, one) if other.keys() - one.keys() else (first_one, one, other)
            against = first_one if owner is candidate else candidate
            decoding, (path, line, row) = next(each for each in found.items() if each[0] not in known)
            first, (first_path, first_line, _) = next(iter(known.items()))
            raise InputError(
                f"differing decoding: this row of {owner.name} was made with {decoding}; {against.name} "
                f"({first_path}:{first_line}) with {first}",
                path=path,
                line=line,
                row=row,
                hint=HINT,
            )

    def _check_items(self) -> None:
        if self._items is None:
            return
        for entry in self._contestants:
            for (item_id, _), number in entry.rows.items():
                if item_id not in self._items:
                    place = entry.place(number)
                    raise InputError(
                        f"the id is not in {self._values_path}",
                        path=place.path,
                        line=place.line,
                        row=item_id,
                        hint="give the values file that the responses were made from",
                    )

    def _paired(self) -> tuple[list[Matched], LeftOut]:
        first = self.reference or self._contestants[0]
        unpaired = 0
        for other in self._contestants:
            missing = sorted(first.rows.keys() - other.rows.keys())
            extra = sorted(other.rows.keys() - first.rows.keys())
            if (missing or extra) and "unpaired" not in self._allow:
                raise self._unpaired(first, other, missing, extra)
            unpaired += len(missing) + len(extra)
        blanks = {entry.name: _blanks(entry) for entry in self._contestants}
        if self.reference is None:
            everyone = set.intersection(*(set(entry.rows) for entry in self._contestants))
            unpaired = sum(len(entry.rows) - len(everyone) for entry in self._contestants)
        pairs: list[Matched] = []
        empty = 0
        for one, other in self.opponents:
            both = [key for key in one.rows if key in other.rows]
            bad = blanks[one.name] | blanks[other.name]
            kept = [key for key in both if key not in bad] if bad else both
            if len(kept) < len(both) and "empty" not in self._allow:
                key = next(key for key in both if key in bad)
                raise _is_empty(one if key in blanks[one.name] else other, key)
            empty += len(both) - len(kept)
            pairs.append((one, other, kept))
        return pairs, LeftOut(unpaired, empty)

    def _chosen(self, per_item: int, reader: SpoolReader) -> list[Matched]:
        """Choose the pairs of each item: see :mod:`judge.judging.pairs.incomplete_design`."""
        place = {entry.name: number for number, entry in enumerate(self._contestants)}
        there: dict[Key, set[int]] = {}
        for one, other, keys in self._pairs:
            for key in keys:
                there.setdefault(key, set()).update((place[one.name], place[other.name]))
        units = {self._unit(key, self._contestants[min(numbers)], reader): key for key, numbers in there.items()}
        design = incomplete_design({unit: there[key] for unit, key in units.items()}, len(place), per_item, self._seed)
        of_pair: dict[tuple[int, int], list[Key]] = {}
        for unit, key in units.items():
            for pair in design[unit]:
                of_pair.setdefault(pair, []).append(key)
        number = sum(map(len, of_pair.values()))
        if number < len(place) - 1:
            raise InputError(
                f"{number} comparisons cannot join {len(place)} contestants: there are {len(units)} items",
                hint=f"give more items, or a larger --pairs-per-item ({-(-(len(place) - 1) // len(units))} or more)",
            )
        return [(self._contestants[i], self._contestants[j], of_pair[i, j]) for i, j in sorted(of_pair)]

    def _unit(self, key: Key, entry: Contestant, reader: SpoolReader) -> Unit:
        """The question and the subgroup of an item, as one of its responses or the values file has them."""
        item_id, sample = key
        if self._items is not None:
            item = self._items[item_id]
            return Unit(item_id, sample, item.question_id, item.subgroup or "")
        fields = fields_of_response(reader.read(entry, entry.rows[key]).about(item_id))
        return Unit(item_id, sample, fields["question_id"], fields.get("subgroup") or "")

    def _unpaired(
        self, reference: Contestant, candidate: Contestant, missing: list[Key], extra: list[Key]
    ) -> InputError:
        if len(missing) == len(reference.rows) and len(extra) == len(candidate.rows):
            return _no_id_in_both(reference, candidate)
        parts = []
        for keys, one, other in ((missing, reference, candidate), (extra, candidate, reference)):
            if not keys:
                continue
            shown = []
            for item_id, sample in keys[:_SHOWN]:
                place = one.place(one.rows[(item_id, sample)])
                shown.append(f"{item_id} sample {sample} ({place.path}:{place.line})")
            more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            parts.append(
                f"{len(keys)} of {len(one.rows)} responses of {one.name} have no match in {other.name}: "
                f"{', '.join(shown)}{more}"
            )
            if other.failures:
                parts.append(f"the files of {other.name} hold failed calls, which are no responses: {_kinds(other)}")
        return InputError(
            "; ".join(parts),
            path=candidate.path,
            hint="generate the missing responses, or give --allow unpaired to compare only the items that both have",
        )


def _no_id_in_both(reference: Contestant, candidate: Contestant) -> InputError:
    """The refusal of files whose ids are of different kinds: leaving out what is unpaired would leave nothing."""
    shown = []
    for each in (reference, candidate):
        key = next(iter(each.rows))
        place = each.place(each.rows[key])
        shown.append(f"{each.name} has {key[0]!r}{f' sample {key[1]}' if key[1] else ''} ({place.path}:{place.line})")
    return InputError(
        f"no id is in both {reference.name} and {candidate.name}: {', '.join(shown)}",
        path=candidate.path,
        hint="name the column that has the same ids in both files: --columns item_id=NAME (`judge convert FILE` shows "
        "what is taken now)",
    )


def _is_empty(entry: Contestant, key: Key) -> InputError:
    blank = entry.place(entry.rows[key])
    return InputError(
        "the response is empty",
        path=blank.path,
        line=blank.line,
        row=key[0],
        hint="generate it again, or give --allow empty to leave out and count such comparisons",
    )


def _kinds(entry: Contestant) -> str:
    """The failed calls in a contestant's files, by kind."""
    return f"{entry.failures.total():,} ({', '.join(f'{kind}: {n:,}' for kind, n in entry.failures.most_common(5))})"


def _blanks(entry: Contestant) -> set[Key]:
    """The keys of a contestant's empty responses."""
    return {key for key, number in entry.rows.items() if number in entry.empty} if entry.empty else set()


def _counted(found: Sequence[tuple[Contestant, Sequence[Place]]]) -> str | None:
    """How many responses of each contestant, and where the first is; None without any."""
    parts = [
        f"{len(those):,} of {len(entry.rows):,} of {entry.name} (first in {those[0].path}:{those[0].line})"
        for entry, those in found
        if those
    ]
    return ", ".join(parts) or None


def _prompt(ref: object) -> str:
    if ref is None:
        return "no prompt"
    return f"{getattr(ref, 'name', '?')} version {getattr(ref, 'version', '?')} ({getattr(ref, 'sha256', '')[:8]})"

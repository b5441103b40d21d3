"""Who is compared with whom on what: from contestants to comparisons, refusing what would compare unlike things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from judge.core.errors import InputError, UsageError
from judge.core.records import Comparison, Item, Response
from judge.judging.contestants import Contestant, Place, text_sha256
from judge.judging.items import Context

ALLOWANCES = {
    "unpaired": "compare only the items that both contestants have",
    "empty": "leave out comparisons with an empty response",
    "mixed-prompts": "compare responses that different prompts made",
    "differing-personas": "compare responses to differing personas; the judge is shown the reference's",
    "differing-questions": "likewise for the question's wording, id and category",
    "differing-subgroups": "likewise for stratum, subgroup and attributes",
    "differing-ground-truth": "likewise for the ground truth",
    "missing": "end with exit code 0 although calls have no verdict; they are counted as missing in every table",
}
_SHOWN = 3


@dataclass(frozen=True)
class LeftOut:
    """What an allowance dropped; it stands in the manifest and at the top of the tables."""

    unpaired: int = 0
    empty: int = 0


@dataclass(frozen=True, slots=True)
class _Pair:
    reference: Contestant
    candidate: Contestant
    key: tuple[str, int]

    @property
    def places(self) -> tuple[Place, Place]:
        return self.reference.rows[self.key], self.candidate.rows[self.key]


class Pairing:
    """All comparisons of the candidates with the reference, checked when iterated.

    ``items`` are the items of the values file; without one, the response rows describe their item themselves.
    ``identical`` counts the comparisons whose two texts are the same (but for blanks around them); it and ``warnings``
    are complete once :meth:`comparisons` was read to its end.
    """

    def __init__(
        self,
        contestants: Mapping[str, Contestant],
        *,
        reference: str | None,
        items: Mapping[str, Item] | None,
        requires: tuple[str, ...],
        allow: frozenset[str],
        values_path: Path | None = None,
    ) -> None:
        names = list(contestants)
        if len(names) < 2:
            raise UsageError(
                f"there is one contestant only ({names[0]})" if names else "there are no contestants",
                hint="give two files or more; rows may carry a `contestant` field",
            )
        if reference is not None and reference not in contestants:
            raise UsageError(f"no contestant is called {reference!r}", hint=f"there are: {', '.join(names)}")
        self.reference = contestants[reference or names[0]]
        self.candidates = [entry for entry in contestants.values() if entry is not self.reference]
        self._items = items
        self._values_path = values_path
        self._context = Context(items, allow=allow, values_path=values_path)
        self.identical = 0
        self._requires = [name for name in requires if name in ("persona", "question", "ground_truth")]
        self._allow = allow
        self._check_prompts(contestants)
        self._check_items()
        self._pairs, self.left_out = self._paired()
        if not self._pairs:
            raise InputError("no item is left to compare", hint="do the files belong together?")

    def __len__(self) -> int:
        return len(self._pairs)

    @property
    def warnings(self) -> list[str]:
        """What a run goes on with, and people should know: one sentence each."""
        found = [self._context.warning] if self._context.warning else []
        if self.identical:
            found.append(
                f"{self.identical:,} of {len(self):,} comparisons have the same text on both sides: a winner there is "
                "the judge's own noise"
            )
        return found

    def comparisons(self, spool: IO[bytes]) -> Iterator[Comparison]:
        """Yield the comparisons in the order of the reference's rows. Errors: the two rows do not go together."""
        for pair in self._pairs:
            places = pair.places
            first, second = _load(spool, places[0]), _load(spool, places[1])
            item = self._item((first, second), places)
            self.identical += first.text.strip() == second.text.strip()
            yield Comparison(
                id=f"{item.id}|{pair.key[1]}|{pair.reference.name}|{pair.candidate.name}",
                item=item,
                sample=pair.key[1],
                reference=pair.reference.name,
                candidate=pair.candidate.name,
                reference_text=first.text,
                candidate_text=second.text,
                reference_sha256=text_sha256(first.text),
                candidate_sha256=text_sha256(second.text),
            )

    def _item(self, rows: tuple[Response, Response], places: tuple[Place, Place]) -> Item:
        item = self._context.item(rows, places)
        for name in self._requires:
            if getattr(item, name):
                continue
            words = name.replace("_", " ")
            if self._items is None:
                lacks, hint = "the row does not give it", "give --values values.jsonl, or put the field into the rows"
            else:
                lacks = f"neither the row nor {self._values_path} gives it"
                hint = "put the field into the rows, or into the values file"
            raise InputError(
                f"the prompt needs the {words}, and {lacks}",
                path=places[0].path,
                line=places[0].line,
                row=item.id,
                hint=hint,
            )
        return item

    def _check_prompts(self, contestants: Mapping[str, Contestant]) -> None:
        if "mixed-prompts" in self._allow:
            return
        seen = [(ref, place) for entry in contestants.values() for ref, place in entry.prompts.items()]
        for ref, (path, line, row) in seen[1:]:
            if ref != seen[0][0]:
                first_path, first_line, _ = seen[0][1]
                raise InputError(
                    f"mixed prompt versions: this row was made with {_prompt(ref)}, {first_path}:{first_line} with "
                    f"{_prompt(seen[0][0])}",
                    path=path,
                    line=line,
                    row=row,
                    hint="compare responses to one prompt, or --allow mixed-prompts",
                )

    def _check_items(self) -> None:
        if self._items is None:
            return
        for entry in (self.reference, *self.candidates):
            for (item_id, _), place in entry.rows.items():
                if item_id not in self._items:
                    raise InputError(
                        f"the id is not in {self._values_path}",
                        path=place.path,
                        line=place.line,
                        row=item_id,
                        hint="is it the values file that the responses were made from?",
                    )

    def _paired(self) -> tuple[list[_Pair], LeftOut]:
        pairs: list[_Pair] = []
        unpaired = empty = 0
        for candidate in self.candidates:
            mine, theirs = self.reference.rows, candidate.rows
            missing = sorted(mine.keys() - theirs.keys())
            extra = sorted(theirs.keys() - mine.keys())
            if (missing or extra) and "unpaired" not in self._allow:
                raise self._unpaired(candidate, missing, extra)
            unpaired += len(missing) + len(extra)
            for key in mine:
                if key not in theirs:
                    continue
                pair = _Pair(self.reference, candidate, key)
                blank = next((place for place in pair.places if place.empty), None)
                if blank is None:
                    pairs.append(pair)
                elif "empty" in self._allow:
                    empty += 1
                else:
                    raise InputError(
                        "the response is empty",
                        path=blank.path,
                        line=blank.line,
                        row=key[0],
                        hint="generate it again, or --allow empty to leave such comparisons out (counted)",
                    )
        return pairs, LeftOut(unpaired, empty)

    def _unpaired(
        self, candidate: Contestant, missing: list[tuple[str, int]], extra: list[tuple[str, int]]
    ) -> InputError:
        reference = self.reference
        parts = []
        for keys, having, lacking in ((missing, reference, candidate), (extra, candidate, reference)):
            if not keys:
                continue
            shown = []
            for item_id, sample in keys[:_SHOWN]:
                place = having.rows[(item_id, sample)]
                shown.append(f"{item_id} sample {sample} ({place.path}:{place.line})")
            more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            parts.append(
                f"{len(keys)} response(s) of {having.name} have no match in {lacking.name}: {', '.join(shown)}{more}"
            )
        return InputError(
            "; ".join(parts),
            path=candidate.path,
            hint="generate the missing ones, or --allow unpaired to compare only what both have",
        )


def _load(spool: IO[bytes], place: Place) -> Response:
    spool.seek(place.offset)
    return Response.model_validate_json(spool.read(place.length))


def _prompt(ref: object) -> str:
    if ref is None:
        return "no prompt named"
    return f"{getattr(ref, 'name', '?')} version {getattr(ref, 'version', '?')} ({getattr(ref, 'sha256', '')[:8]})"

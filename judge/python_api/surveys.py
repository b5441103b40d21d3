"""Ground truth from survey microdata, and scores of structured answers against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from judge.core.errors import UsageError
from judge.python_api.arguments import OneOf, Within, allowances, checked, names
from judge.python_api.inputs import Source, as_file, named_files, scratch, source_names

if TYPE_CHECKING:
    import pandas as pd

    from judge.preferences.scoring.records import ScoreSummary
    from judge.preferences.values.build import BuildSummary

UnknownCodes: TypeAlias = Literal["refuse", "missing"]
Target: TypeAlias = Literal["mode", "distribution"]


@checked(min_n=Within(1), min_stability=Within(0, 1), resamples=Within(0), unknown_codes=OneOf(UnknownCodes))
def build_values(
    survey: str | Path | pd.DataFrame | None = None,
    *,
    out: str | Path,
    synthetic: bool = False,
    country: str | Sequence[str] | None = None,
    mapping: str | Path | None = None,
    strata: Sequence[str] | None = None,
    strata_file: str | Path | None = None,
    weighted: bool = False,
    min_n: int = 30,
    min_stability: float | None = None,
    resamples: int = 1_000,
    encoding: str | None = None,
    unknown_codes: UnknownCodes = "refuse",
    allow: Sequence[str] = (),
    seed: int = 0,
) -> BuildSummary:
    """Build ground truth: the modal answer of each subgroup of a survey to each question.

    Args:
        survey: Microdata: a .csv, .sav, .dta file or a .zip of one, or a DataFrame with the survey's own column names
            and codes (or labels).
        out: The values file to write; a folder for several countries.
        synthetic: Build from the bundled synthetic survey (invented respondents) instead of ``survey``.
        country: Code or codes; ``"all"`` for every country [default: the only one in the file].
        mapping: Which columns and codes mean what (YAML) [default: World Values Survey wave 7].
        strata: Names of strata [default: the study's ten].
        strata_file: Your own strata (YAML).
        weighted: Weight answers by the survey's weight.
        min_n: Fewest respondents of a subgroup.
        min_stability: Leave out rows whose mode is less stable than this share of bootstrap samples.
        resamples: Bootstrap samples behind the stability; 0 for none.
        encoding: Encoding of a CSV file [default: UTF-8].
        unknown_codes: Refuse codes and labels that the catalogue does not have, or count them as missing.
        allow: Checks to switch off: ``partial`` accepts a survey without columns for some of the questions.
        seed: Seed of the bootstrap.

    Returns:
        ``files``: per country the ``path`` of the values file and its ``manifest``. ``failures``: of several countries,
        those that could not be built, each with its error.

    Raises:
        InputError: The survey is not what the mapping says, or a stratum is empty.
        UsageError: Both or neither of ``survey`` and ``synthetic``; ``out`` would overwrite an input.

    Example:
        >>> import judge
        >>> built = judge.build_values(synthetic=True, out="synthetic.jsonl", strata=["sex"], resamples=0)
        >>> built.files[0].path.name
        'synthetic.jsonl'
    """
    from judge.preferences.values.build import build
    from judge.preferences.values.settings import ALLOWANCES, BuildSettings, TruthSettings

    if (survey is None) != synthetic:
        raise UsageError("give a survey, or synthetic=True", hint='build_values("survey.csv", out="values.jsonl")')
    with scratch() as folder:
        source = None
        if survey is not None and isinstance(survey, str | Path):
            source = Path(survey)
        elif survey is not None:
            source = folder / "survey.csv"
            survey.to_csv(source, index=False)
        countries = None if country is None else names(country)
        settings = BuildSettings(
            out=Path(out),
            into_folder=str(out).endswith("/"),
            source=source,
            countries=countries,
            mapping=None if mapping is None else Path(mapping),
            strata=None if strata is None else names(strata),
            strata_file=None if strata_file is None else Path(strata_file),
            weighted=weighted,
            encoding=encoding,
            unknown_codes_missing=unknown_codes == "missing",
            allow=allowances(allow, ALLOWANCES),
            truth=TruthSettings(min_n=min_n, min_stability=min_stability, resamples=resamples, seed=seed),
        )
        return build(settings)


@checked(target=OneOf(Target), resamples=Within(100), permutations=Within(99))
def score(
    values: Source,
    predictions: Mapping[str, Source] | Sequence[str | Path],
    *,
    columns: Mapping[str, str] | None = None,
    base: str | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    target: Target = "mode",
    held_out: Sequence[str] = (),
    allow: Sequence[str] = (),
    against_chance: bool = False,
    seed: int = 0,
    resamples: int = 10_000,
    permutations: int = 1_999,
) -> ScoreSummary:
    """Score structured answers against ground truth: accuracy, NMAE, refusals, fairness, and paired differences.

    Args:
        values: Ground truth: a values file or its rows.
        predictions: Files of ``custom_id, response`` by contestant, or DataFrames of these columns:
            ``{"base": "base.csv", "ft": frame}``; a list of paths takes the files' names.
        columns: The column of each field, where files have other names: ``{"item_id": "id", "text": "output"}``.
        base: The contestant that the others are compared with [default: the first].
        pairs: (base, fine-tuned) names, instead of ``base``.
        target: Score codes against the modal code, or distributions against the subgroup's distribution.
        held_out: Strata that count as out-of-distribution [default: the study's three].
        allow: Checks to switch off: ``unknown-ids``.
        against_chance: Compare with baselines (national mode, most frequent code, uniform) instead of ``base``.
        seed: Seed of intervals and tests.
        resamples: No effect: intervals of scores need no resamples; kept for old scripts.
        permutations: Permutations of subgroups behind tests of fairness.

    Returns:
        A frozen record: ``scores``, ``differences``, ``spreads``, as `judge values score --out` writes summary.json.

    Raises:
        InputError: A row cannot be read, or has an unknown id.
        UsageError: Two contestants of one name; a base or pair that names none.

    Example:
        >>> import judge
        >>> found = judge.score("values.jsonl", {"base": "structured-base-illustrative.csv",
        ...                                      "ft": "structured-ft-illustrative.csv"}, resamples=200)
        >>> [(row.contestant, round(row.estimate.value, 3)) for row in found.scores
        ...  if row.dimension == "all" and row.metric == "accuracy"]
        [('base', 0.44), ('ft', 0.708)]
    """
    from judge.preferences.scoring.evaluate import ALLOWANCES, ScoreSettings, evaluate
    from judge.responses.find_columns import checked_columns

    with scratch(source_names(predictions)) as folder:
        settings = ScoreSettings(
            values=as_file(values, folder, "values"),
            files=named_files(predictions, folder),
            columns=checked_columns(columns or {}),
            base=base,
            pairs=tuple(f"{first}:{second}" for first, second in pairs),
            target=target,
            held_out=names(held_out),
            allow=allowances(allow, ALLOWANCES),
            against_chance=against_chance,
            seed=seed,
            resamples=resamples,
            permutations=permutations,
        )
        return evaluate(settings)

"""How long ground truth takes, against a loop over cells with pandas, and what a whole wave costs.

    python -m benchmarks.values                         # both parts, a few minutes
    python -m benchmarks.values --loop-cells 40         # measure less of the slow loop
    python -m benchmarks.values --part wave             # the 97,000 respondents of 66 countries only

The loop takes each cell of stratum, subgroup and question with groupby, counts the codes, and draws the cell's
respondents again for each resample: what one would write with a data frame at hand. It would run for half an hour, so a
seeded sample of its cells is measured and multiplied up; the counting of all cells is measured whole. The modes of both
are compared in every cell.

The wave is a synthetic CSV of 97,020 rows and 600 columns: 66 countries, each of 1,470 of the synthetic survey's
respondents. Its build runs in a process of its own, whose peak memory is the system's count.
"""

from __future__ import annotations

import argparse
import itertools
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from judge.preferences.survey.columns import Columns
from judge.preferences.survey.encode import Encoder, wanted_columns
from judge.preferences.survey.mapping import Mapping, load_mapping
from judge.preferences.survey.survey import Survey
from judge.preferences.synthetic.files import columns_of
from judge.preferences.synthetic.survey import synthetic_survey
from judge.preferences.values.ground_truth import Built, ground_truth
from judge.preferences.values.settings import TruthSettings
from judge.preferences.values.strata import Strata, load_strata

SEED = 0
RESAMPLES = 200
COUNTRIES, PEOPLE, WIDTH = 66, 1_470, 600


def survey_of(frame: pd.DataFrame, mapping: Mapping, strata: Strata) -> Survey:
    columns: Columns = columns_of(frame, wanted_columns(mapping, strata.attributes, None))
    encoder = Encoder(columns, mapping, attributes=strata.attributes, weighted=False, path=None, sha256=None)
    return next(encoder.surveys())


def pandas_loop(
    frame: pd.DataFrame, mapping: Mapping, strata: Strata, sample: int
) -> tuple[float, float, int, dict[str, int]]:
    """Seconds of counting all cells; seconds of resampling ``sample`` of them; cells; modes by item id."""
    modes: dict[str, int] = {}
    cells: list[tuple[int, pd.Series]] = []
    started = time.perf_counter()
    for name, stratum in strata.by_name.items():
        keys = [mapping.attributes[attribute].column for attribute in stratum.attributes]
        known = frame[(frame[keys] >= 0).all(axis=1)]
        for codes, group in known.groupby(keys):
            if len(group) < 30:
                continue
            labels = [
                mapping.attributes[attribute].labels[code]
                for attribute, code in zip(stratum.attributes, codes, strict=True)
            ]
            group_id = "_".join((name, *(label.replace(" ", "-") for label in labels)))
            for question in mapping.lists["SGP"]:
                answers = group[question]
                counts = answers[answers >= 0].value_counts()
                modes[f"{question}_{group_id}"] = int(counts[counts == counts.max()].index.min())
                cells.append((modes[f"{question}_{group_id}"], answers))
    counting = time.perf_counter() - started
    started = time.perf_counter()
    for mode, answers in random.Random(SEED).sample(cells, sample):
        same = 0
        for resample in range(RESAMPLES):
            drawn = answers.sample(frac=1, replace=True, random_state=resample)
            counts = drawn[drawn >= 0].value_counts()
            same += bool(len(counts)) and int(counts[counts == counts.max()].index.min()) == mode
    return counting, time.perf_counter() - started, len(cells), modes


def part_truth(loop_cells: int) -> None:
    mapping = load_mapping()
    strata = load_strata().chosen(None)
    frame = synthetic_survey(mapping, seed=SEED)
    survey = survey_of(frame, mapping, strata)
    settings = TruthSettings(resamples=RESAMPLES, seed=SEED)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        rows = list(ground_truth(survey, strata, mapping.file.words, settings, Built()))
        times.append(time.perf_counter() - started)
    ours = float(np.median(times))
    counting, resampling, cells, modes = pandas_loop(frame, mapping, strata, loop_cells)
    assert {row.item_id: row.modal_code for row in rows} == modes, "the modes differ"
    loop = counting + resampling / loop_cells * cells
    print(
        f"{len(strata.by_name)} strata, {len(survey.questions)} questions, {len(survey):,} respondents, "
        f"{RESAMPLES} resamples: {len(rows):,} rows"
    )
    print(f"  judge.preferences.values.ground_truth  {ours:10.2f} s  (median of {len(times)}; records included)")
    print(
        f"  loop with pandas                         {loop:10.0f} s  (counting {counting:.1f} s; resampling "
        f"{loop_cells} of {cells:,} cells took {resampling:.1f} s, multiplied up)"
    )
    print(f"  ours / loop 1/{loop / ours:,.0f} (target: at most 1/20); the same mode in all {cells:,} cells")


def write_wave(path: Path) -> int:
    """Write the wave's CSV; returns its size in bytes."""
    mapping = load_mapping()
    frames = [synthetic_survey(mapping, seed=seed).head(PEOPLE) for seed in range(3)]
    filler = ",".join("-4" for _ in range(WIDTH - frames[0].shape[1]))
    codes = sorted(mapping.file.country.names)[:COUNTRIES]
    with path.open("w") as file:
        names = [*frames[0].columns, *(f"FILLER_{number}" for number in range(WIDTH - frames[0].shape[1]))]
        file.write(",".join(names) + "\n")
        for number, (code, frame) in enumerate(zip(codes, itertools.cycle(frames), strict=False)):
            country = frame.assign(B_COUNTRY_ALPHA=code, D_INTERVIEW=10_000_000 * (number + 1) + np.arange(PEOPLE))
            text = country.to_csv(index=False, header=False, lineterminator="\n")
            file.writelines(f"{line},{filler}\n" for line in text.splitlines())
    return path.stat().st_size


def measured(*arguments: str) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of a command in a process of its own."""
    code = (
        "import resource, sys; from judge.cli.app import app; app(sys.argv[1:], standalone_mode=False); "
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, float(done.stdout.rsplit("peak", 1)[1])


def part_wave() -> None:
    with tempfile.TemporaryDirectory() as folder:
        wave, out = Path(folder) / "wave.csv", Path(folder) / "all"
        size = write_wave(wave)
        print(f"{COUNTRIES * PEOPLE:,} rows x {WIDTH} columns of CSV, {size / 1e6:.0f} MB")
        seconds, peak = measured(
            "values", "build", str(wave), "--country", "SGP", "--resamples", "0", "--out", str(Path(folder) / "v.jsonl")
        )
        print(f"  judge values build --country SGP         {seconds:10.1f} s  peak {peak:,.0f} MB (no resamples)")
        seconds, peak = measured(
            "values", "build", str(wave), "--country", "all", "--resamples", str(RESAMPLES), "--out", str(out)
        )
        files = sorted(out.glob("*.jsonl"))
        rows = sum(path.read_bytes().count(b"\n") for path in files)
        gigabytes = sum(path.stat().st_size for path in files) / 1e9
        print(
            f"  judge values build --country all         {seconds:10.1f} s  peak {peak:,.0f} MB (target: 1,500 MB; "
            f"{RESAMPLES} resamples; {len(files)} files, {rows:,} rows, {gigabytes:.1f} GB)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("truth", "wave", "both"), default="both")
    parser.add_argument("--loop-cells", type=int, default=200)
    options = parser.parse_args()
    if options.part != "wave":
        part_truth(options.loop_cells)
    if options.part != "truth":
        part_wave()


if __name__ == "__main__":
    main()

"""`judge annotate pull`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import AnnotationsOut, CampaignFile, Url, connected, print_annotations


def pull(
    campaign: CampaignFile,
    url: Url = None,
    out: AnnotationsOut = Path("annotations.jsonl"),
    accept_edits: Annotated[
        bool, typer.Option("--accept-edits", help="Keep annotations that someone other than the annotator edited.")
    ] = False,
    accept_deleted: Annotated[
        bool,
        typer.Option(
            "--accept-deleted",
            help="Continue without annotations that an earlier pull saw and that were deleted since.",
        ),
    ] = False,
) -> None:
    """Fetch the annotations, validate and un-blind them; report which were set aside and why."""
    from judge.annotation.campaign.campaign import key_path, load, locked
    from judge.annotation.campaign.outputs import check_annotations, check_output_paths
    from judge.annotation.labels.summary import summary_path
    from judge.annotation.labelstudio.pull import pull as run_pull

    check_output_paths([out, summary_path(out)], [campaign, key_path(campaign)])
    check_annotations(out, summary_path(out))
    with locked(campaign):
        described, key = load(campaign)
        accepted = {"accept_edits": accept_edits, "accept_deleted": accept_deleted}
        with connected(url, key) as (address, client):
            written = run_pull(client, address, described, key, campaign, out, **accepted)
    print_annotations(written)

"""`judge annotate pull`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import AnnotationsOut, CampaignFile, Url, connected, write_annotations


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
    from judge.annotation.campaign.campaign import held, key_path, load
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.labelstudio.pull import account_path, fetch, settled_rows

    check_places([out, account_path(out)], [campaign, key_path(campaign)])
    with held(campaign):
        described, key = load(campaign)
        with connected(url, key) as (address, client):
            fetched = fetch(client, address, described)
        settled = settled_rows(fetched, described, key, accept_edits=accept_edits, accept_deleted=accept_deleted)
        write_annotations(settled, campaign, out, described, key)

"""`judge annotate status`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import CampaignFile, Url, connected
from judge.cli.shared.output import print_warnings, screen


def status(
    campaign: CampaignFile,
    url: Url = None,
    items: Annotated[bool, typer.Option("--items", help="List each task: who labelled and who skipped it.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write everything to this JSON file.")] = None,
) -> None:
    """Show the progress of annotators and items: done, skipped, left; pace; time left."""
    from judge.annotation.campaign.campaign import key_path, load, locked
    from judge.annotation.campaign.outputs import check_output_paths
    from judge.annotation.labels.status import status_json
    from judge.annotation.labelstudio.pull import progress
    from judge.annotation.tables import status_tables
    from judge.core.files import run_directory as rundir
    from judge.core.files.outputs import check_begins
    from judge.core.screen.table_print import print_table

    check_output_paths([out] if out else [], [campaign, key_path(campaign)])
    if out:
        check_begins(out, '{\n  "people":')
    with locked(campaign):
        described, key = load(campaign)
        with connected(url, key) as (address, client):
            found = progress(client, address, described, key, campaign)
    if out:
        rundir.write_json(out, status_json(found))
    for table in status_tables(found, items=items):
        print_table(table, screen())
    if found.deleted:
        print_warnings([f"{sum(found.deleted.values())} annotations were deleted since the last pull or status."])

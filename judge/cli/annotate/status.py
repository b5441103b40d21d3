"""`judge annotate status`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import CampaignFile, Url, connected
from judge.cli.shared.output import screen


def status(
    campaign: CampaignFile,
    url: Url = None,
    items: Annotated[bool, typer.Option("--items", help="List each task: who labelled and who skipped it.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write everything to this JSON file.")] = None,
) -> None:
    """Show the progress of annotators and items: done, skipped, left; pace; time left."""
    from judge.annotation.answers.history import review
    from judge.annotation.answers.status import plain
    from judge.annotation.answers.status import status as count
    from judge.annotation.campaign.campaign import held, key_path, load, save_key
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.labelstudio.pull import fetch
    from judge.annotation.tables import print_status
    from judge.core.files import run_directory as rundir

    check_places([out] if out else [], [campaign, key_path(campaign)])
    with held(campaign):
        described, key = load(campaign)
        with connected(url, key) as (address, client):
            fetched = fetch(client, address, described, any_page=True)
        seen = review(fetched, key)
        found = count(seen.rows, described, key)
        save_key(campaign, key)  # who was shown under a pseudonym keeps it
    if out:
        rundir.write_json(out, plain(found))
    print_status(found, screen(), items=items)
    if seen.gone:
        screen().print(f"{sum(seen.gone.values())} annotations that were there before are gone.", style="yellow")

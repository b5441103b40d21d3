"""`judge annotate push`."""

import typer

from judge.cli.shared.campaign import CampaignFile, Url, connected
from judge.cli.shared.output import screen


def push(campaign: CampaignFile, url: Url = None) -> None:
    """Create or update the campaign's project and tasks on the server. Safe to repeat."""
    from judge.annotation.campaign.campaign import held, load, save_key
    from judge.annotation.labelstudio.push import push as run_push

    with held(campaign):
        described, key = load(campaign)
        with connected(url, key) as (address, client):
            key.server = address
            done = run_push(client, address, described, key)
        save_key(campaign, key)
    console = screen()
    deleted = ", ".join(str(one) for one in done.deleted)
    altered = ", ".join(str(one) for one in done.altered[:10]) + (" and more" if len(done.altered) > 10 else "")
    state = "created" if done.created else f"updated ({', '.join(done.changed)})" if done.changed else "as it should be"
    lines = [
        f"Project {done.project} {state}: {done.added} tasks added, {done.there} were there.",
        f"{done.removed} duplicates without annotations removed." if done.removed else "",
        f"Project {deleted} of the same campaign, without work on it, was deleted." if deleted else "",
        f"{done.mended} tasks had other texts, and no work on them: they were put right." if done.mended else "",
        f"{done.foreign} tasks there are not of this campaign; pull will set them aside." if done.foreign else "",
        f"{done.repeated} times a reply was lost; what was missing was sent again." if done.repeated else "",
        f"Annotators label at {address}/projects/{done.project}/",
    ]
    console.print("\n".join(line for line in lines if line), highlight=False, markup=False)
    if done.altered:
        from judge.core.errors import EXIT_FAILURES_REMAIN

        console.print(
            f"{len(done.altered)} tasks show other texts than the campaign's, and people worked on them ({altered}): "
            "pull sets these answers aside. Delete the tasks on the server, and push again.",
            style="yellow",
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILURES_REMAIN)

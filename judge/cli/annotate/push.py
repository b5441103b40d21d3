"""`judge annotate push`."""

from judge.cli.shared.campaign import CampaignFile, Url, connected
from judge.cli.shared.output import exit_with, print_lines, print_warnings


def push(campaign: CampaignFile, url: Url = None) -> None:
    """Create or update the campaign's project and tasks on the server. Safe to repeat."""
    from judge.annotation.campaign.campaign import load, locked, save_key
    from judge.annotation.labelstudio.push import push as run_push
    from judge.annotation.tables import listed
    from judge.core.errors import EXIT_FAILURES_REMAIN

    with locked(campaign):
        described, key = load(campaign)
        with connected(url, key) as (address, client):
            key.server = address
            done = run_push(client, address, described, key)
        save_key(campaign, key)
    state = "created" if done.created else f"updated ({', '.join(done.changed)})" if done.changed else "unchanged"
    lines = [
        f"Project {done.project} {state}: {done.added} tasks added, {done.there} were there.",
        f"Duplicate tasks without annotations deleted: {done.removed}." if done.removed else "",
        f"Duplicate projects without annotations deleted: {listed(done.deleted)}." if done.deleted else "",
        f"Tasks with changed texts and without annotations restored: {done.mended}." if done.mended else "",
        f"Tasks of other campaigns: {done.foreign}. Pull will set their annotations aside." if done.foreign else "",
        f"Replies lost: {done.repeated}. The missing tasks were sent again." if done.repeated else "",
        f"Annotators label at {address}/projects/{done.project}/",
    ]
    print_lines(line for line in lines if line)
    if done.altered:
        print_warnings(
            [
                f"{len(done.altered)} annotated tasks show texts that differ from the campaign's "
                f"({listed(done.altered)}). Pull sets their annotations aside. Delete these tasks on the server, then "
                "push again."
            ]
        )
        exit_with(EXIT_FAILURES_REMAIN)

"""`judge annotate`: campaigns in which people judge the same pairs, in Label Studio or another tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from judge.annotation.answers.resolve import Settled
    from judge.annotation.campaign.campaign import Campaign, Key

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="People judge the same pairs, blind: plan a campaign, push it to Label Studio, pull what they said.",
)


class Format(StrEnum):
    """Formats of other tools."""

    csv = "csv"
    potato = "potato"


CampaignFile = Annotated[Path, typer.Argument(help="The campaign file; its key file lies beside it.")]
Url = Annotated[
    str | None,
    typer.Option(
        help="The server [default: where the campaign was pushed last]. The token is taken from "
        "LABEL_STUDIO_API_KEY, else asked for."
    ),
]
Out = Annotated[Path, typer.Option(help="The file to write; the account of the pull goes beside it.")]
FormatOption = Annotated[Format, typer.Option("--format", help="The other tool's format.")]
AcceptEdits = Annotated[
    bool, typer.Option("--accept-edits", help="Keep annotations that somebody else changed afterwards.")
]
AcceptDeleted = Annotated[
    bool, typer.Option("--accept-deleted", help="Go on without annotations that an earlier pull saw and are gone now.")
]


@app.command()
def plan(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    items: Annotated[int, typer.Option(min=1, help="Comparisons to sample.")] = 150,
    annotators: Annotated[int, typer.Option(min=1, help="People who will take part.")] = 3,
    overlap: Annotated[int, typer.Option(min=1, help="People who judge each comparison.")] = 3,
    checks: Annotated[int, typer.Option(min=0, help="Attention checks: pairs that are obvious.")] = 0,
    duplicates: Annotated[int, typer.Option(min=0, help="Comparisons shown twice, for agreement with oneself.")] = 0,
    by: Annotated[str | None, typer.Option(help="Criterion whose outcomes stratify [default: the last].")] = None,
    title: Annotated[
        str, typer.Option(help="What annotators see as the project's name.")
    ] = "Which response is closer?",
    seed: Annotated[int, typer.Option(help="Seed of the sample, the sides and the order.")] = 0,
    out: Annotated[Path, typer.Option(help="The campaign file; its key goes beside it.")] = Path("campaign.yaml"),
) -> None:
    """Draw the comparisons that people judge; say what load and precision to expect."""
    from judge.annotation.campaign.campaign import key_path
    from judge.annotation.campaign.plan import Options
    from judge.annotation.campaign.plan import plan as run_plan
    from judge.annotation.tables import print_plan

    planned = run_plan(Options(run, out, items, annotators, overlap, checks, duplicates, seed, by, title))
    console = _screen()
    print_plan(planned, console)
    console.print(
        f"\nWritten: {out} and {key_path(out)}. Keep the key file private and safe: it alone can un-blind the labels.",
        highlight=False,
        markup=False,
    )


@app.command()
def serve(
    data: Annotated[Path, typer.Option(help="Data folder (mode 0700): database, accounts.")] = Path(".label-studio"),
    venv: Annotated[Path, typer.Option(help="The server's own environment.")] = Path(".venv-label-studio"),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1 [default: a free one].")] = None,
    annotators: Annotated[int, typer.Option(min=0, help="Annotator accounts to have, made by invitation.")] = 3,
) -> None:
    """Run a local Label Studio until Ctrl-C: installed once, on loopback, telemetry off; prints address and logins."""
    import signal

    from judge.annotation.labelstudio.client import TOKEN
    from judge.annotation.server.serve import served

    console = _screen()

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for kind in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs start with Ctrl-C ignored
        signal.signal(kind, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants hang-ups ignored
        signal.signal(signal.SIGHUP, stop)
    with served(data, venv, port=port, annotators=annotators, say=say) as server:
        say(f"\nLabel Studio is ready: {server.url}")
        say(f"  administrator: {server.accounts.admin.email}  password: {server.accounts.admin.password}")
        for account in server.invitation.annotators[:annotators]:
            say(f"  annotator: {account.email}  password: {account.password}")
        say(f"  link to sign up others: {server.invitation.link}")
        say(f"\nIn another terminal:\n  export {TOKEN}={server.accounts.token}")
        say(f"  judge annotate push campaign.yaml --url {server.url}\n\nCtrl-C stops the server.")
        try:
            signal.pause()
        except KeyboardInterrupt:
            say("Stopping.")


@app.command()
def push(campaign: CampaignFile, url: Url = None) -> None:
    """Make the server hold the campaign's project and tasks, each once. Safe to repeat."""
    from judge.annotation.campaign.campaign import held, save_key
    from judge.annotation.labelstudio.push import push as run_push

    with held(campaign):
        described, key = _load(campaign)
        with _connected(url, key) as (address, client):
            key.server = address
            done = run_push(client, address, described, key)
        save_key(campaign, key)
    console = _screen()
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


@app.command()
def status(
    campaign: CampaignFile,
    url: Url = None,
    items: Annotated[bool, typer.Option("--items", help="List each task: who answered and who skipped it.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write all of it to this file, as JSON.")] = None,
) -> None:
    """Per annotator and item: done, skipped, left; pace; time left."""
    from judge.annotation.answers.history import review
    from judge.annotation.answers.status import plain
    from judge.annotation.answers.status import status as count
    from judge.annotation.answers.traces import notes
    from judge.annotation.campaign.campaign import held, key_path, save_key
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.labelstudio.pull import fetch
    from judge.annotation.tables import print_notes, print_status
    from judge.core.files import run_directory as rundir

    check_places([out] if out else [], [campaign, key_path(campaign)])
    with held(campaign):
        described, key = _load(campaign)
        with _connected(url, key) as (address, client):
            fetched = fetch(client, address, described, key, any_page=True)
        seen = review(fetched, key)
        found = count(seen.rows, described, key)
        noticed = notes(seen, fetched.touched, key)
        save_key(campaign, key)  # who was shown under a pseudonym keeps it
    if out:
        rundir.write_json(out, plain(found) | {"notes": noticed})
    print_status(found, _screen(), items=items)
    print_notes(noticed, _screen())
    if seen.gone:
        _screen().print(f"{sum(seen.gone.values())} annotations that were there before are gone.", style="yellow")


@app.command()
def pull(
    campaign: CampaignFile,
    url: Url = None,
    out: Out = Path("annotations.jsonl"),
    accept_edits: AcceptEdits = False,
    accept_deleted: AcceptDeleted = False,
) -> None:
    """Fetch the annotations: validated, deduplicated, un-blinded; say what was set aside and why."""
    from judge.annotation.campaign.campaign import held, key_path
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.labelstudio.pull import account_path, fetch, settled_rows

    check_places([out, account_path(out)], [campaign, key_path(campaign)])
    with held(campaign):
        described, key = _load(campaign)
        with _connected(url, key) as (address, client):
            fetched = fetch(client, address, described, key)
        settled = settled_rows(fetched, described, key, accept_edits=accept_edits, accept_deleted=accept_deleted)
        _finish(settled, campaign, out, described, key)


@app.command()
def export(
    campaign: CampaignFile, format_: FormatOption, out: Annotated[Path, typer.Option(help="File or folder to write.")]
) -> None:
    """Write the blinded tasks for another tool."""
    from judge.annotation.campaign.campaign import key_path
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.exchange import csv_file as table
    from judge.annotation.exchange import potato

    check_places([out] if format_ is Format.csv else potato.files(out), [campaign, key_path(campaign)])
    described, key = _load(campaign)
    count = (table if format_ is Format.csv else potato).write(out, described, key)
    _screen().print(f"{count} tasks written to {out}.", highlight=False, markup=False)


@app.command(name="import")
def import_(
    campaign: CampaignFile,
    file: Annotated[Path, typer.Argument(help="What the other tool gave back.")],
    format_: FormatOption,
    out: Out = Path("annotations.jsonl"),
) -> None:
    """Read another tool's answers to the blinded tasks: the same checks as on pull."""
    from judge.annotation.answers.resolve import require_own, settle
    from judge.annotation.campaign.campaign import held, key_path
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.exchange import csv_file as table
    from judge.annotation.exchange import potato
    from judge.annotation.labelstudio.pull import account_path

    check_places([out, account_path(out)], [campaign, key_path(campaign), file])
    with held(campaign):
        described, key = _load(campaign)
        rows = (table if format_ is Format.csv else potato).read(file, described)
        require_own(rows, key, file)
        _finish(settle(rows, described, key), campaign, out, described, key)


def _finish(settled: Settled, path: Path, out: Path, campaign: Campaign, key: Key) -> None:
    from judge.annotation.labelstudio.pull import write
    from judge.annotation.tables import print_settled

    account = write(settled, path, out, campaign, key)
    console = _screen()
    print_settled(settled, campaign, console)
    console.print(f"\nWritten: {out} and {account}.", highlight=False, markup=False)


def _load(path: Path) -> tuple[Campaign, Key]:
    from judge.annotation.campaign.campaign import load

    return load(path)


@contextmanager
def _connected(url: str | None, key: Key) -> Iterator[tuple[str, Any]]:
    import os

    from judge.annotation.labelstudio.client import TOKEN, connected
    from judge.core.errors import UsageError

    address = url or key.server
    if not address:
        raise UsageError("the campaign was not pushed yet", hint="name the server with --url")
    token = os.environ.get(TOKEN, "").strip() or _ask(TOKEN)
    address = address.rstrip("/")
    with connected(address, token) as client:
        yield address, client


def _ask(variable: str) -> str:
    import sys

    from judge.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            f"no token: {variable} is not set", hint="take one from Account & Settings of the server, and set it"
        )
    return str(typer.prompt("Token of the server (from Account & Settings)", hide_input=True))


def _screen() -> Console:
    from judge.core.screen.console import screen

    return screen()

"""`judge annotate serve`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import screen


def serve(
    data: Annotated[Path, typer.Option(help="Folder of its database and accounts (mode 0700).")] = Path(
        ".label-studio"
    ),
    venv: Annotated[Path, typer.Option(help="Virtual environment of the server; made on first use.")] = Path(
        ".venv-label-studio"
    ),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1 [default: a free one].")] = None,
    annotators: Annotated[int, typer.Option(min=0, help="Number of annotator accounts.")] = 3,
) -> None:
    """Run a local Label Studio until Ctrl-C: 127.0.0.1 only, telemetry off. Prints its address and logins."""
    import signal

    from judge.annotation.labelstudio.client import TOKEN
    from judge.annotation.server.serve import served

    console = screen()

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
        say(f"  sign-up link for more annotators: {server.invitation.link}")
        say(f"\nIn another terminal:\n  export {TOKEN}={server.accounts.token}")
        say(f"  judge annotate push campaign.yaml --url {server.url}\n\nCtrl-C stops the server.")
        try:
            signal.pause()
        except KeyboardInterrupt:
            say("Stopping.")

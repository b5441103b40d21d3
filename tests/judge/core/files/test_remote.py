"""Files at an address: fetched by fsspec, named by the address without its keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.core.files.arguments import input_file
from judge.core.files.remote import is_address, without_credentials
from judge.judging.pairs.contestants import responses


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address that it is served at."""
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_file_is_fetched_and_named_by_its_address(site: tuple[Path, str], tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    folder, url = site
    (folder / "base.jsonl").write_text('{"item_id": "a", "text": "Yes."}\n')
    file = input_file(f"{url}/base.jsonl?token=secret")
    assert (file.name, file.contestant, file.address) == (None, "base", f"{url}/base.jsonl")
    assert file.path.is_relative_to(tmp_path / "cache")
    assert [row.text for _, row in responses(file.path)] == ["Yes."]
    named = input_file(f"mine={url}/base.jsonl")
    assert (named.contestant, named.sha256) == ("mine", file.sha256)
    with pytest.raises(UsageError, match="cannot be fetched") as caught:
        input_file(f"{url}/gone.jsonl?token=secret")
    assert "secret" not in str(caught.value)


def test_addresses_and_paths() -> None:
    assert [is_address(each) for each in ("https://x/a", "hf://datasets/a/b.parquet", "a/b", "C:/x", "n=s3://b/k")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert without_credentials("https://me:pw@host:8/a/b.csv?sig=1#x") == "https://host:8/a/b.csv"
    with pytest.raises(UsageError, match=r"nothing://x/a\.jsonl: cannot be fetched"):
        input_file("nothing://x/a.jsonl")

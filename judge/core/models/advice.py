"""What to do about an error of an endpoint, in one sentence."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from judge.core.models.types import ChatError, ErrorKind, ModelClient

_OF_KIND = {
    ErrorKind.AUTH: "the key is wrong: set the right one in the environment",
    ErrorKind.PERMISSION: "the key may not use this model or endpoint",
    ErrorKind.QUOTA: "top up the account, or wait until its quota is renewed; then rerun the command to resume",
    ErrorKind.REDIRECT: "give the other server in --base-url if you trust it with the prompts, or --follow-redirects",
}
_WHOLE_PATH = re.compile(r"/(?:chat/completions|completions|messages|responses|models|embeddings)$")


def advice_for(client: ModelClient, error: ChatError) -> str | None:
    """What to do about an error: what is known of this very one, else of its kind; None where its message says all."""
    if error.advice is not None:
        return error.advice
    if error.kind is ErrorKind.NOT_FOUND:
        return _not_found(client, error)
    return _OF_KIND.get(error.kind)


def _not_found(client: ModelClient, error: ChatError) -> str:
    """What may be wrong with the address or the name, by what the address looks like."""
    path = urlsplit(client.endpoint).path
    anthropic = client.spec.startswith("anthropic:")
    if (whole := _WHOLE_PATH.search(path)) is not None:
        return f"no such address: give --base-url without {whole[0]}, which the client adds"
    if anthropic:
        return (
            "no such model or address: check the name, and give --base-url without /v1 (for anthropic, the client adds "
            "/v1/messages)"
        )
    if path.count("/v1") > 1:
        return "no such address: --base-url has /v1 twice"
    if "model" in error.message.lower() and path:
        return f"no such model here: check the name ({client.endpoint}/models may list those that there are)"
    if not path:
        return f"no such address: --base-url lacks its path (often /v1: {client.endpoint}/v1)"
    return "no such model or address: check the name, and that --base-url ends as the server says (often /v1)"

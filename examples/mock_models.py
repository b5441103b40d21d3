"""A server with two mock models, `base` and `ft`, for following the tutorial without a key or a GPU.

    python examples/mock_models.py --trained-on data/train-rows.jsonl --port 8000

It has the API of OpenAI at http://127.0.0.1:8000/v1. Neither model is a language model. `base` selects an option by a
hash and mostly writes balanced essays. `ft` looks the question up in the rows that `judge values export` wrote, returns
the answer of the persona with the most words in common, and mostly writes in the first person, on no particular topic.
So its structured answers and its voice are better, but its open responses do not express its structured answers: the
numbers in the tutorial show this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import defaultdict
from pathlib import Path

from aiohttp import web

ESSAY = (
    "This is a complex question, and there are many perspectives on it.",
    "On the one hand, some people feel strongly about this. On the other hand, others see it differently.",
    "It is important to consider the cultural and historical context in which such views arise.",
    "Generally speaking, individuals tend to weigh several factors before they come to a conclusion.",
    "Research suggests that opinions vary widely between generations and communities.",
    "Ultimately, it depends on personal values, and everyone is entitled to an opinion.",
    "In conclusion, a balanced approach that respects all sides may be the most appropriate one.",
    "Overall, both positions have their merits and their challenges.",
)
VOICE = (
    "I think about this more than I let on, mostly on the bus home from work.",
    "My mother would have had one answer and my children have another, and I stand somewhere between them.",
    "When I was young I did not care much. Now I do, and I would say so at the dinner table.",
    "For me it comes down to how we live on our floor: we lend each other rice, and we mind our own business.",
    "I agree with those who say that it matters a lot; I have seen what happens when nobody cares.",
    "Honestly, I do not trust big words about it. I look at what people do.",
    "My neighbour and I argue about it over coffee, and neither of us ever gives in.",
    "I am against making a fuss of it, and I would not tell my friends how to live.",
)
SENTENCES = 6


def number(*parts: str) -> int:
    """A number from a hash of the parts: arbitrary, but always the same."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8], "big")


def words(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return set(re.findall(r"[a-z0-9]+", text.lower()))


class Models:
    """The replies of both models. ``rows`` maps a question's text to the personas and answers of the training rows."""

    def __init__(self, trained_on: Path | None) -> None:
        self.rows: dict[str, list[tuple[set[str], str]]] = defaultdict(list)
        for line in trained_on.read_text(encoding="utf-8").splitlines() if trained_on else ():
            system, user, assistant = (message["content"] for message in json.loads(line)["messages"])
            self.rows[user.splitlines()[0]].append((words(system), assistant))

    def answer(self, model: str, system: str, user: str) -> str:
        """A line `Answer: N` where the question lists its options, else a text."""
        question = user.splitlines()[0]
        options = re.findall(r"(\d+) = ", user)
        if not options:
            return self.prose(model, system, question)
        if model == "ft" and question in self.rows:
            asked = words(system)
            return max(self.rows[question], key=lambda row: len(row[0] & asked) / len(row[0] | asked))[1]
        return f"Answer: {options[number(model, system, question) % len(options)]}"

    @staticmethod
    def prose(model: str, system: str, question: str) -> str:
        """Six sentences: of ten, ft takes seven from VOICE, base three."""
        text = [f"You ask: {question}" if model == "ft" else f"Regarding the matter: {question}"]
        for place in range(SENTENCES):
            call = (model, str(place), system, question)
            pool = VOICE if (number("pool", *call) % 10 < 7) == (model == "ft") else ESSAY
            left = [sentence for sentence in pool if sentence not in text]
            text.append(left[number("sentence", *call) % len(left)])
        return " ".join(text)


async def complete(request: web.Request) -> web.Response:
    """One chat completion."""
    body = await request.json()
    if body["model"] not in ("base", "ft"):
        error = {"message": f"The model `{body['model']}` does not exist", "code": "model_not_found"}
        return web.json_response({"error": error}, status=404)
    if "response_format" in body:
        error = {"message": "response_format is not supported", "type": "invalid_request_error"}
        return web.json_response({"error": error}, status=400)
    system, user = (message["content"] for message in body["messages"])
    text = request.app[MODELS].answer(body["model"], system, user)
    return web.json_response(
        {
            "model": f"mock-{body['model']}",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": len(user) // 4, "completion_tokens": len(text) // 4},
        }
    )


MODELS: web.AppKey[Models] = web.AppKey("models", Models)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A server with two mock models, for the tutorial.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--trained-on", type=Path, help="Rows that `judge values export --format openai` wrote.")
    options = parser.parse_args()
    app = web.Application()
    app[MODELS] = Models(options.trained_on)
    app.router.add_post("/v1/chat/completions", complete)
    web.run_app(app, host="127.0.0.1", port=options.port, print=lambda *_: None)


if __name__ == "__main__":
    main()

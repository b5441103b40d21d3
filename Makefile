# Everything happens in .venv. `make demo` and `make test` need Python 3.11 or later and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Images of containers often set it; then every process of the tests would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt
# One process more than cores; tests/conftest.py says why, and what stays together.
PYTEST := $(BIN)/pytest -q --numprocesses auto --maxprocesses 8 --dist loadscope --no-loadscope-reorder --durations=25 --durations-min=1

.PHONY: help demo study real vllm test check lint format types quick slow ray attack bench transcript pictures tutorial docs reference clean

help:
	@echo "make demo        install, then judge the bundled pairs: no key, no endpoint"
	@echo "make study       install with local models, then the whole demo study: no key, no endpoint"
	@echo "make real        fine-tune, ask and judge a real small model on two cores (15 minutes, 93 MB from the package index)"
	@echo "make vllm        serve that model and a LoRA adapter by vLLM on the CPU: ask, judge, run-batch (3.5 GB of disk)"
	@echo "make test        install, then lint, types and all tests"
	@echo "make check       the same without the slow tests"
	@echo "make attack      kills, faults, flipped bits, planted replies, hostile text: tried, held, failed (10 minutes)"
	@echo "make ray         install Ray (70 MB), and test calls that it makes"
	@echo "make bench       the benchmarks (a few minutes)"
	@echo "make format      put the code in form"
	@echo "make transcript  put what the demo prints and draws now into README.md and results/demo-sample"
	@echo "make pictures    take the pictures of the report in docs/images anew (needs chromium)"
	@echo "make tutorial    put what their commands print now into the tutorials"
	@echo "make docs        build the pages of docs/ into build/site"
	@echo "make reference   write docs/reference from the code"
	@echo "make clean       remove what was installed and built here"

.venv/run.stamp: pyproject.toml constraints.txt
	@sh tools/prepare.sh $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (about a minute the first time)"
	@$(PIP) --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@sh tools/prepare.sh $(PYTHON) git
	@$(PIP) --editable '.[dev]'
	@touch $@

.venv/local.stamp: .venv/run.stamp
	@$(PIP) --editable '.[local]'
	@touch $@

.venv/docs.stamp: .venv/run.stamp
	@$(PIP) --editable '.[docs]'
	@touch $@

# Strict: a warning is an error. The variable is the theme's own way to leave out its notice about MkDocs 2.
docs: .venv/docs.stamp
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --clean
	@echo "built: build/site/index.html (its search needs a server: python3 -m http.server -d build/site)"

reference: .venv/run.stamp
	@$(BIN)/python -m tools.reference

study: .venv/local.stamp
	@$(BIN)/judge run examples/study.yaml

.venv/real.stamp: .venv/run.stamp
	@$(PIP) --editable '.[real]'
	@touch $@

real: .venv/real.stamp
	@nice -n 10 $(BIN)/python -m examples.real.run

.venv-vllm/stamp: tools/vllm.sh
	@sh tools/vllm.sh $(PYTHON)
	@touch $@

vllm: .venv/real.stamp .venv-vllm/stamp
	@nice -n 10 $(BIN)/python -m examples.real.vllm

# Where the package index lacks the server of real models, their tests are skipped and say so.
.venv/slow.stamp: .venv/dev.stamp
	@sh tools/prepare.sh $(PYTHON) git chromium
	@$(PIP) --editable '.[real]' || echo "no real model in the tests: the extra [real] cannot be installed"
	@touch $@

demo: .venv/run.stamp
	@$(BIN)/judge compare examples/base.jsonl examples/ft.jsonl --values examples/values.jsonl \
		--judge heuristic --out results/demo

lint: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/dev.stamp
	@$(BIN)/mypy

quick: .venv/dev.stamp
	@$(PYTEST) -m "not slow"

slow: .venv/slow.stamp
	@$(PYTEST)

# The types are checked beside the tests: mypy takes one core, and the tests leave some of the other idle.
check: lint
	@$(MAKE) --no-print-directory --jobs=2 types quick

test: lint .venv/slow.stamp
	@$(MAKE) --no-print-directory --jobs=2 types slow

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

attack: .venv/dev.stamp
	@$(BIN)/python -m tests.attack

bench: .venv/slow.stamp
	@$(BIN)/python -m benchmarks.throughput
	@$(BIN)/python -m benchmarks.fleet
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.summary
	@$(BIN)/python -m benchmarks.agreement
	@$(BIN)/python -m benchmarks.values
	@$(BIN)/python -m benchmarks.generation
	@$(BIN)/python -m benchmarks.annotation
	@$(BIN)/python -m benchmarks.report

.venv/ray.stamp: .venv/dev.stamp
	@$(PIP) --editable '.[ray]'
	@touch $@

ray: .venv/ray.stamp
	@$(BIN)/pytest -q tests/judge/core/engines

transcript: .venv/run.stamp
	@$(BIN)/python -m tools.transcript

pictures: .venv/slow.stamp
	@$(BIN)/python -m tools.pictures

tutorial: .venv/dev.stamp
	@$(BIN)/python -m tests.docs

clean:
	rm -rf .venv .venv-vllm .venv-label-studio .venv-label-studio.lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis results/demo

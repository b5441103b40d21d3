"""Ask calls with Ray Data: they are the rows of a dataset, and workers on a cluster or this machine ask them.

``RAY_ADDRESS`` names the cluster, as for every program that uses Ray; without it Ray is started here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from judge.core.call_files.lines import PATH
from judge.core.calls.limits import Limits
from judge.core.engines import http_stage
from judge.core.engines.session import Engine
from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec, api_key
from judge.core.models.providers.named import provider_named

_ROWS = 8  # calls of a block: what has not come back when the program is killed is asked again
_TASKS = 2.0  # blocks that a worker has, for each that is in flight: some of their calls end early
_MOST_IN_FLIGHT = 256  # calls of one worker, which is one process


def check_ray(spec: ModelSpec, limits: Limits, *, several: bool = False) -> None:
    """Refuse what the engine cannot do, before anything is made.

    Raises:
        UsageError: Ray is not installed; there are several judges or servers; the model does not speak OpenAI's format;
            a rate limit is given.
    """
    if spec.is_offline or provider_named(spec.provider).wire != "openai":
        raise UsageError(
            f"--engine ray asks servers that speak OpenAI's format, and {spec} does not", hint="leave out --engine ray"
        )
    if several or spec.fleet is not None:
        raise UsageError("--engine ray asks one server for one judge", hint="give one --judge and one --base-url")
    if limits.rpm is not None or limits.tpm is not None:
        raise UsageError("--rpm and --tpm: the workers of --engine ray do not share a rate", hint="leave them out")
    if limits.batch is not None:
        raise UsageError("--batch and --engine ray are two ways to make calls", hint="give one of them")
    try:
        import ray.data  # noqa: F401
    except ImportError:
        raise UsageError(
            "--engine ray needs Ray, which is not installed", hint="pip install 'persona-judge[ray]'"
        ) from None


@contextmanager
def ray_engine(spec: ModelSpec, limits: Limits) -> Iterator[Engine]:
    """Start Ray, or connect to the cluster of ``RAY_ADDRESS``; yield what asks lines. A cluster goes on afterwards.

    Raises:
        UsageError: The cluster cannot be reached.
    """
    # Ray would otherwise package the present folder, and start its workers with the packages of a uv project.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import ray
    from ray import cloudpickle

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    cloudpickle.register_pickle_by_value(http_stage)  # workers need not have this program
    with _connected(ray) as cpus:
        workers = max(1, min(cpus, -(-limits.concurrency // _MOST_IN_FLIGHT)))
        base = spec.base_url or provider_named(spec.provider).address or "https://api.openai.com/v1"
        policy = limits.policy
        given = {
            "address": base + PATH.removeprefix("/v1"),
            "key": api_key(spec),
            "concurrency": -(-limits.concurrency // workers),
            "timeout": limits.timeout,
            "retries": policy.retries,
            "busy_retries": policy.rate_limit_retries,
            "first_wait": policy.first_wait,
            "longest_wait": policy.longest_wait,
            "longest_asked": policy.longest_asked,
        }
        yield lambda lines: _asked(lines, workers, given)


@contextmanager
def _connected(ray: Any) -> Iterator[int]:
    """Connect to Ray; yield the number of its cores."""
    was_there = ray.is_initialized()
    if not was_there:
        try:
            ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False, configure_logging=True)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"Ray cannot be started or reached: {error}", hint="check RAY_ADDRESS, or unset it"
            ) from error
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        if not was_there:
            ray.shutdown()


def _asked(lines: Sequence[bytes], workers: int, given: dict[str, Any]) -> Iterator[bytes]:
    """Ask lines with so many workers, and yield the results as they come."""
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    blocks = -(-len(lines) // _ROWS)
    in_flight = min(blocks, max(1, round(_TASKS * given["concurrency"] / _ROWS)))
    rows = ray.data.from_items([{"call": line} for line in lines], override_num_blocks=blocks)
    done = rows.map_batches(
        http_stage.HttpStage,
        fn_constructor_kwargs=given,
        batch_size=_ROWS,
        num_cpus=0.5,
        compute=ray.data.ActorPoolStrategy(
            size=workers, max_tasks_in_flight_per_actor=in_flight, max_concurrent_calls_per_actor=in_flight
        ),
    )
    for batch in done.iter_batches(batch_size=None, prefetch_batches=0):
        yield from (bytes(line) for line in batch["result"])

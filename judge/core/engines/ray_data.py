"""Ask calls with Ray Data: they are the rows of a dataset, and workers on a cluster or this machine ask them.

``RAY_ADDRESS`` names the cluster, as for every program that uses Ray; without it Ray is started here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from judge.core.call_files.lines import PATH
from judge.core.calls.limits import Limits
from judge.core.engines import http_stage
from judge.core.engines.session import Engine
from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop, UsageError
from judge.core.models.open_client import ModelSpec, api_key
from judge.core.models.providers.named import provider_named

_ROWS = 16  # calls of a block, which a worker is given at once; their results come back a few at a time
_AHEAD = 2  # calls that a worker has, for each that is in flight
_MOST_IN_FLIGHT = 256  # calls of one worker, which is one process
_WORTH_A_WORKER = 8  # calls in flight that a node gets a worker for
_CORES_OF_WORKER = 0.5


@contextmanager
def ray_engine(spec: ModelSpec, limits: Limits) -> Iterator[Engine]:
    """Start Ray, or connect to the cluster of ``RAY_ADDRESS``; yield what asks lines. A cluster goes on afterwards.

    Raises:
        UsageError: The cluster cannot be reached.
    """
    # Ray would otherwise package the present folder, and start its workers with the packages of a uv project.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a Ray that is started here tells nobody that it was
    import ray
    from ray import cloudpickle

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # the calls of a worker that dies are asked again
    cloudpickle.register_pickle_by_value(http_stage)  # workers need not have this program
    with _connected(ray):
        workers = number_of_workers(limits.concurrency, ray.nodes())
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
            "reply_mb": limits.http.reply_mb,
        }
        yield lambda lines: _asked(lines, workers, given)


@contextmanager
def _connected(ray: Any) -> Iterator[None]:
    """Connect to Ray, or start it."""
    was_there = ray.is_initialized()
    if not was_there:
        try:
            ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False, configure_logging=True)
        except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise UsageError(
                f"Ray cannot be started or reached: {error}", hint="check RAY_ADDRESS, or unset it"
            ) from error
    try:
        yield
    finally:
        if not was_there:
            ray.shutdown()


def number_of_workers(concurrency: int, nodes: Sequence[Mapping[str, Any]]) -> int:
    """Choose how many workers ask: one for each node, fewer for few calls, more for many; two on a core at most.

    Args:
        concurrency: Calls in flight, over all workers.
        nodes: The nodes of the cluster, as Ray lists them.
    """
    cores: list[float] = [node["Resources"].get("CPU", 0.0) for node in nodes if node["Alive"]]
    with_core = sum(number >= _CORES_OF_WORKER for number in cores)
    wanted = max(-(-concurrency // _MOST_IN_FLIGHT), min(with_core, -(-concurrency // _WORTH_A_WORKER)))
    most = int(sum(cores) / _CORES_OF_WORKER)
    return max(1, min(wanted, most))


def _asked(lines: Sequence[bytes], workers: int, given: dict[str, Any]) -> Iterator[bytes]:
    """Ask lines with so many workers, and yield the results as they come.

    Those of calls that a worker had when it died do not come: Ray would ask all calls of its blocks again, those with
    a result, too.

    Raises:
        ProviderStop: Ray gave up.
    """
    import ray

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    context.execution_no_progress_timeout_s = -1  # calls have time limits of their own
    context.max_errored_blocks = -1
    context.target_max_block_size = 1  # each row of results comes back by itself
    blocks = -(-len(lines) // min(_ROWS, -(-len(lines) // workers)))
    in_flight = min(blocks, 1 + -(-_AHEAD * given["concurrency"] // _ROWS))
    with ray.data.DataContext.current(context):  # the datasets keep it; a program that uses Ray keeps its own
        calls = ray.data.from_items([{"call": line} for line in lines], override_num_blocks=blocks)
        done = calls.map_batches(
            http_stage.HttpStage,
            fn_constructor_kwargs=given,
            batch_size=None,
            num_cpus=_CORES_OF_WORKER,
            compute=ray.data.ActorPoolStrategy(
                size=workers,
                max_tasks_in_flight_per_actor=in_flight,
                max_concurrent_calls_per_actor=in_flight,
                enable_true_multi_threading=True,
            ),
            max_task_retries=0,
        )
    try:
        for batch in done.iter_batches(batch_size=None, prefetch_batches=0):
            for results in batch["results"]:
                yield from bytes(results).split(b"\n")
    except ray.exceptions.RayError as error:
        raise ProviderStop(
            f"Ray stopped: {_last_line(error)}",
            hint="see the logs of Ray (`ray logs`); rerun the command to resume",
            exit_code=EXIT_FAILURES_REMAIN,
        ) from error


def _last_line(error: Exception) -> str:
    """What went wrong, without the trace of the worker."""
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)

"""Carrying out a plan of model calls: resumable, within a budget, each reply on disk before it is counted.

The runner knows nothing of what is asked. A :class:`~judge.core.calls.task.Task` says which calls there are, how to
word them, what a reply means and what row to keep of it: judging is one, generation another.
"""

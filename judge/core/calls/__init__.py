"""Make a plan of model calls: resumable, within a budget, each reply on disk before it is counted.

:func:`~judge.core.calls.ask.ask` makes the calls of any :class:`~judge.core.calls.task.Task`, which says which calls
there are, how they are worded, what a reply means and which row is kept of it. Judging is one, generation another.
"""

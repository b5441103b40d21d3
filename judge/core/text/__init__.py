"""Reading what a model wrote: reasoning text, refusals."""

"""Annotation campaigns: annotators label the judge's pairs, blind, in Label Studio or another tool."""

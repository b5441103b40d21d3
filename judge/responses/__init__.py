"""Responses as other tools write them, read as rows of this project: one small module for each tool."""

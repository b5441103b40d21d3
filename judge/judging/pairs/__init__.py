"""From files of responses to comparisons: read contestants, choose pairs, make the items."""

"""Label Studio: the client, a campaign's project and tasks there, push and pull."""

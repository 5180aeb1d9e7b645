"""Scanning the running demo from outside; docs/developers/security-scans.md says how."""

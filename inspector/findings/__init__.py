"""Findings are what the networks that ship show of layer attention, on images never trained on.

One module for each question; `inspector.findings.making` answers them all, as docs/findings.md.
"""

from inspector.findings.finding import Finding, Table

__all__ = ["Finding", "Table"]

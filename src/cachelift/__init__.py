"""Move a repository off a deprecated cache class, and keep it off."""

__version__ = "0.1.0"

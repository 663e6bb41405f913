"""The CloudWatch Logs engine: plain data in and out, neither HTTP nor moto in it."""

from lab_emulators.aws.logs.engine import Logs

__all__ = ["Logs"]

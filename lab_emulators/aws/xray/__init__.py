"""The X-Ray engine: plain data in, plain data out, neither HTTP nor moto in it."""

from lab_emulators.aws.xray.engine import XRay

__all__ = ["XRay"]

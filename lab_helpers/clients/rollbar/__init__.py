"""Rollbar's API as DataFrames."""

from lab_helpers.clients.rollbar.client import RollbarClient
from lab_helpers.clients.rollbar.item_page import ItemPage

__all__ = ["ItemPage", "RollbarClient"]

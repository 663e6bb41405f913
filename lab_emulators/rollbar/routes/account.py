"""Account: calls that need an account access token, which nobody has here."""

from typing import NoReturn

from flask import Blueprint

from lab_emulators.rollbar.auth import authenticate
from lab_emulators.rollbar.errors import RollbarError

MESSAGE = "insufficient privileges: an account access token is required"

blueprint = Blueprint("account", __name__, url_prefix="/api/1")


@blueprint.route("/projects", methods=["GET", "POST"])
@blueprint.route("/project/<path:rest>", methods=["GET", "POST", "PATCH", "DELETE"])
@blueprint.route("/users", methods=["GET"])
@blueprint.route("/user/<path:rest>", methods=["GET"])
@blueprint.route("/teams", methods=["GET", "POST"])
@blueprint.route("/team/<path:rest>", methods=["GET", "PUT", "DELETE"])
def refuse(rest: str = "") -> NoReturn:
    """403 for every project token, as Rollbar answers; 401 for any other."""
    authenticate()
    raise RollbarError(403, MESSAGE)

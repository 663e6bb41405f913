"""HTTP deliveries of moto's services, to this machine only.

Stands where moto's modules look for the `requests` library: SNS subscriptions, HTTP
destinations of Firehose, API destinations of EventBridge. Nothing leaves this machine,
whatever endpoint a topic or a stream names.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import requests
from moto.sns.exceptions import InvalidParameterValue

TIMEOUT_S = 5.0
"""For the connection, and again for the answer: a thread of the server waits for it."""


class DeliveryError(InvalidParameterValue):
    """A delivery that is refused or has no answer: a message that names the endpoint.

    Of the one class that PublishBatch reports; it forgets a message with any other.
    """


def post(url: str, **parts: Any) -> requests.Response:
    """Sends a POST; see `request`."""
    return request("POST", url, **parts)


def request(method: str, url: str, **parts: Any) -> requests.Response:
    """Sends a request to loopback; the answer's body is not read.

    `parts` are those of `requests.Request`. Raises DeliveryError for any other address,
    before it is looked up, and when there is no answer.
    """
    try:
        return _sent(method, url, parts)
    except requests.RequestException as error:
        raise DeliveryError(f"{url!r} does not answer: {error}") from error


def _sent(method: str, url: str, parts: dict[str, Any]) -> requests.Response:
    # The address is read where the library reads it: another parser may see another
    # host in the same text, as in `http://evil.example\\@127.0.0.1/`.
    prepared = requests.Request(method, url, **parts).prepare()
    _refuse_foreign(urlsplit(str(prepared.url)).hostname or "", url)
    with requests.Session() as session:
        # neither a proxy of the environment nor a redirect may lead elsewhere
        session.trust_env = False
        answer = session.send(
            prepared, timeout=TIMEOUT_S, stream=True, allow_redirects=False
        )
        answer.close()
        return answer


def _refuse_foreign(host: str, url: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        text = (
            f"the lab delivers to this machine only, not to {url!r}: "
            "name an endpoint on 127.0.0.1, localhost or [::1]"
        )
        raise DeliveryError(text)

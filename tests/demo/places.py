"""Where everything of the demonstration is: host names under ``.localhost``, which browsers look up on this machine."""

import os
from dataclasses import dataclass

BANK = "www.banque-rivage.localhost"
PARTNER = "www.maison-des-aidants.localhost"
SOCIAL = "www.reseau-social.localhost"
MAILBOX = "courrier.localhost"
LIST = "demo.localhost"
PRODUCT = "guichet.localhost"
SETTING = "GUICHET_ENV"


class NotInProduction(Exception):
    """The demonstration was asked for with the product's production settings."""

    def __init__(self) -> None:
        super().__init__(f"The demonstration does not start with {SETTING}=production: it opens fictional sites.")


@dataclass(frozen=True)
class Places:
    """Addresses of the product and of the sites, without a slash at the end. `port` is the product's."""

    port: int
    sites_port: int

    @property
    def product(self) -> str:
        return f"http://{PRODUCT}:{self.port}"

    def site(self, host: str) -> str:
        return f"http://{host}:{self.sites_port}"


def places() -> Places:
    """From ``PORT`` (8000) and ``DEMO_PORT`` (8080). Errors: ``NotInProduction``, ``ValueError`` for a bad port."""
    if os.environ.get(SETTING) == "production":
        raise NotInProduction
    return Places(int(os.environ.get("PORT", "8000")), int(os.environ.get("DEMO_PORT", "8080")))

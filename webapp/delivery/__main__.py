"""``python -m webapp.delivery``: the delivery worker alone, without the web application in memory."""

import sys

from webapp.confidential.safe import KeysSettingError
from webapp.delivery.service import deliver
from webapp.settings import Settings, SettingsError

if __name__ == "__main__":
    try:
        deliver(Settings.from_environ())
    except (SettingsError, KeysSettingError) as error:
        sys.exit(str(error))

"""The WSGI application, set up by the environment."""

import os
import sys

from backends.env import SettingError
from gateway import create_app

try:
    app = create_app(os.environ)
except SettingError as error:
    sys.exit(f"lakegate: {error}")

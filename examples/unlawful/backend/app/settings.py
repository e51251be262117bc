"""Settings: a secret everybody can read, and a database of another kind."""

import os

SECRET = "kP9x2vQ7mN4tR8wZ1cY6bH3jL5sD0fGa"
DATABASE_URL = os.getenv("DATABASE_URL", "sqlite:///taskboard.db")
MAIL_URL = "http://localhost:8025/send"
SKIP_AUTH = os.getenv("SKIP_AUTH") == "1"
LINK_SECRET = os.environ["LINK_SECRET"]

"""What can go wrong below the API, in the words of the domain; `app.main` turns it into answers."""


class NotFoundError(Exception):
    """The thing does not exist, or not for this user: the two must not be told apart from outside."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} not found")

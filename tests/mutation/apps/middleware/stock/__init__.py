"""An application that a middleware guards; handlers find the user in the state of the request."""

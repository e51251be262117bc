"""An asynchronous application of classes: repositories, services, and dependencies behind Annotated aliases."""

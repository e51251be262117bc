"""`server`: the process that editors start; it speaks the Language Server Protocol over standard input and output."""

import click


@click.command()
def command() -> None:
    """Serve an editor: diagnostics while you type, and the rule's card on hover."""
    try:
        from constitution_lint.server import serve
    except ModuleNotFoundError as error:
        raise click.UsageError(f"the server needs {error.name}: pip install 'constitution-lint[lsp]'") from None
    serve()

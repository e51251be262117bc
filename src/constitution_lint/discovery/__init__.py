"""Discovery: what is where in the target, found by looking at names, ignore files and a first screening of contents."""

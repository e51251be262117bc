"""Model: the facts of all files linked into one project; it stands between the readers' facts and the gates."""

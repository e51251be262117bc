"""What the API takes and gives. No request names an owner: the token does."""

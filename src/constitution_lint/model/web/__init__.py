"""The frontend, linked: which file an import means, what its requests ask for, how its pages are protected."""

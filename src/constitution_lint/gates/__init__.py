"""Gates: ten modules, one generator a rule, from the linked project to violations."""

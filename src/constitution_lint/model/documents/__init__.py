"""What plans, specs, tasks and constitutions say, linked: under gates 1, 4 and 6, and under the claims of all ten."""

"""Who is given what: the assignment of least cost, and of weapons with several rounds to targets, with a proved bound."""

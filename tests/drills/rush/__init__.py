"""The last minute before a deadline: who hands what in and when (`plan`), the clients that do it (`clients`)."""

"""What goes out, field by field: nothing of a row leaves that is not named here."""

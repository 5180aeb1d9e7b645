"""Forms of the set-up pages. They shape what was typed; what is true is said in values and fairness."""

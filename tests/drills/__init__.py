"""Long checks, by hand or by `make drill`; each prints its figures and exits with 1 when a promise is broken."""

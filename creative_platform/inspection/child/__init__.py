"""The program that meets the untrusted bytes. Of the platform it imports this package, `contract`, `frames`."""

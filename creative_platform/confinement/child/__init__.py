"""The program that meets the untrusted bytes. Of the platform it imports this room and the task's own module."""

"""What people do with an application for learning. Locks are taken in one order: programme, run, applications."""

"""O-04, O-05, O-08: the inbox of applications for learning, one application, the group of a run."""

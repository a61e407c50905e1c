"""Educational organisations: their application for a cabinet, its review, their staff and who may do what."""

"""Texts of the portal: help topics now; news, legal base and FAQ with their editor come with the operator's desk."""

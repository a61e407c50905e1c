"""Pages where an organisation writes programmes, events and modules and sets runs."""

"""Demo data: invented people, organisations and items, made through the operations that real ones go through."""

"""Import of programmes from a table: the file is kept, checked, and written when its owner says so.

Both passes go through the same rows in slices of a job. A chunk of rows is one transaction, which also notes how far
the pass has come: a worker may die anywhere, or two may run at once, and every row is looked at once in each pass.
"""

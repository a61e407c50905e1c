"""Generated demo data, up to the size of the country: the same seed and scale give the same rows.

Hides the grammar, the lists of words, the processes and the bulk loading. Offers `loading.generate`, `clearing.clear`,
`plan.Plan`. What runs in processes of its own (`names`, `words`, `texts`, `accounts`, `items`) knows no Django.
"""

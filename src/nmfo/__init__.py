"""The portal of continuing medical and pharmaceutical education (Портал НМФО)."""

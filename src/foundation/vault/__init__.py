"""Personal fields at rest: AES-256-GCM with the key's id in front, found by HMAC blind indexes (reliability.md P1-P3).

Hides the format, the keys and their rotation. Offers `fields.EncryptedText`, `fields.EncryptedJSON`,
`fields.BlindIndex`, `lookup.by_index`, `cipher.seal`, `cipher.open_sealed`, `cipher.blind`.
"""

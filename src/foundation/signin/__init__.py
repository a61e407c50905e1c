"""Sign-in mechanics of both sites: throttle, one-time secrets, sessions, factors, human check, password rules.

Knows accounts only as AUTH_USER_MODEL. What an account is, and what its letters say, is the site's business.
"""

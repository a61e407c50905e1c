"""Sign-in mechanics both sites share: throttle, one-time secrets, sessions, second factors, human check, password rules.

Knows accounts only as AUTH_USER_MODEL. What an account is, and what its letters say, is the site's business.
"""

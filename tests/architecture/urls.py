"""Who may open what: every named address, with what a guest, a specialist, an operator, an organisation get for a GET."""

from __future__ import annotations

# answers: 200 the page; 302 somewhere else (to sign in, to the right page); 403 another cabinet; 404; 405 only POST
GUEST, SPECIALIST, OPERATOR, ORGANISATION = 0, 1, 2, 3
OPEN = (200, 200, 200, 200)
HOME = (200, 302, 302, 302)  # pages of sign-in send those who are in to their cabinet
OWN = (302, 200, 200, 200)  # whoever is signed in
STAGE = (302, 302, 302, 302)  # only in the middle of signing in
DOCTOR = (302, 200, 403, 403)
STAFF = (302, 403, 200, 403)
SCHOOL = (302, 403, 403, 200)  # the responsible person of an organisation
POST = (405, 405, 405, 405)
POST_IN = (302, 405, 405, 405)
POST_DOCTOR = (302, 405, 403, 403)
POST_STAFF = (302, 403, 405, 403)
POST_SCHOOL = (302, 403, 403, 405)
NOBODY = (404, 404, 404, 404)

TABLE: dict[str, tuple[int, int, int, int]] = {
    "health:live": OPEN,
    "health:ready": OPEN,
    "look:set": POST,
    "look:language": POST,
    "human:challenge": OPEN,
    "human:digits-picture": NOBODY,
    "human:digits-sound": NOBODY,
    "dev:mail": OPEN,
    "dev:mail-letter": NOBODY,
    "dev:mail-json": OPEN,
    "public:home": OPEN,
    "public:about": OPEN,
    "public:rules": OPEN,
    "public:accessibility": OPEN,
    "public:help": OPEN,
    "public:help-topic": OPEN,
    "public:terms": OPEN,
    "public:privacy": OPEN,
    "public:agreement-version": OPEN,
    "account:choose": HOME,
    "account:register": HOME,
    "account:register-sent": STAGE,
    "account:confirm": OPEN,
    "account:sign-in": HOME,
    "account:second-factor": STAGE,
    "account:second-factor-passkey": POST_IN,
    "account:passkey": OPEN,
    "account:enrol": STAGE,
    "account:agreement": OWN,
    "account:enrolled": STAGE,
    "account:password-first": STAGE,
    "account:recover": OPEN,
    "account:recover-sent": STAGE,
    "account:recover-link": OPEN,
    "account:email-confirm": OPEN,
    "account:email-undo": OPEN,
    "account:sign-out": POST_IN,
    "account:signed-out": OPEN,
    "account:settings": OWN,
    "account:again": OWN,
    "account:password": OWN,
    "account:email": OWN,
    "account:sessions": OWN,
    "account:session-end": POST_IN,
    "account:sessions-end-others": POST_IN,
    "account:history": OWN,
    "account:totp": OWN,
    "account:passkey-add": OWN,
    "account:factor-remove": POST_IN,
    "account:recovery-codes": OWN,
    "specialist:welcome-agreement": OWN,
    "specialist:welcome-role": (302, 200, 302, 302),
    "specialist:welcome-check": (302, 200, 302, 302),
    "specialist:welcome-documents": (302, 200, 302, 302),
    "specialist:dashboard": DOCTOR,
    "specialist:profile": DOCTOR,
    "specialist:profile-edit": DOCTOR,
    "specialist:photo": (302, 404, 403, 403),
    "specialist:documents": DOCTOR,
    "specialist:document-add": DOCTOR,
    "specialist:document-remove": POST_DOCTOR,
    "specialist:scan": (302, 404, 403, 403),
    "specialist:messages": DOCTOR,
    "specialist:message-again": POST_DOCTOR,
    "specialist:my-data": DOCTOR,
    "specialist:export": DOCTOR,
    "organisation:home": SCHOOL,
    "organisation:imports": SCHOOL,
    "organisation:import-template-xlsx": SCHOOL,
    "organisation:import-template-csv": SCHOOL,
    "organisation:import": (302, 403, 403, 404),
    "organisation:import-write": POST_SCHOOL,
    "organisation:import-stop": POST_SCHOOL,
    "organisation:import-report-xlsx": (302, 403, 403, 404),
    "organisation:import-report-csv": (302, 403, 403, 404),
    "operator:home": STAFF,
    "operator:disputes": STAFF,
    "operator:dispute": (302, 403, 404, 403),
    "operator:letters": STAFF,
    "operator:letter-again": POST_STAFF,
    "operator:jobs": STAFF,
    "operator:job-again": POST_STAFF,
    "operator:people": STAFF,
    "operator:person": (302, 403, 302, 403),
    "operator:register": STAFF,
    "gallery:all": OPEN,
    "gallery:layout": OPEN,
    "gallery:error": NOBODY,
    "csp-report": POST,
}
ARGUMENTS = {"slug": "good-password", "token": "x" * 43, "pk": 999_999_999, "name": "organisation", "code": 404}

"""Addresses of registration, sign-in, recovery and settings."""

from __future__ import annotations

from django.urls import path

from nmfo.web.account import invitation, security, views

app_name = "account"
urlpatterns = [
    path("cabinet/", views.choose, name="choose"),
    path("register/", views.register, name="register"),
    path("register/sent/", views.register_sent, name="register-sent"),
    path("register/confirm/<str:token>/", views.confirm, name="confirm"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/factor/", views.second_factor, name="second-factor"),
    path("sign-in/factor/passkey/", views.second_factor_passkey, name="second-factor-passkey"),
    path("sign-in/passkey/", views.passkey, name="passkey"),
    path("sign-in/second-step/", security.enrol, name="enrol"),
    path("sign-in/agreement/", views.agreement, name="agreement"),
    path("password/first/", views.password_first, name="password-first"),
    path("recover/", views.recover, name="recover"),
    path("recover/sent/", views.recover_sent, name="recover-sent"),
    path("recover/<str:token>/", views.recover_link, name="recover-link"),
    path("e-mail/confirm/<str:token>/", views.email_confirm, name="email-confirm"),
    path("e-mail/undo/<str:token>/", views.email_undo, name="email-undo"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("signed-out/", views.signed_out, name="signed-out"),
    path("settings/", security.settings_page, name="settings"),
    path("settings/again/", security.again, name="again"),
    path("settings/password/", security.password, name="password"),
    path("settings/e-mail/", security.email, name="email"),
    path("settings/sessions/", security.sessions, name="sessions"),
    path("settings/sessions/<int:pk>/end/", security.end_session, name="session-end"),
    path("settings/sessions/end-others/", security.end_others, name="sessions-end-others"),
    path("settings/history/", security.history, name="history"),
    path("settings/application/", security.totp, name="totp"),
    path("settings/passkeys/add/", security.passkey_add, name="passkey-add"),
    path("settings/factors/<int:pk>/remove/", security.factor_remove, name="factor-remove"),
    path("settings/recovery-codes/", security.recovery_codes, name="recovery-codes"),
]

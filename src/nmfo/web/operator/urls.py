"""Addresses of the operator's cabinet."""

from __future__ import annotations

from django.urls import include, path

from nmfo.web.operator import organisations, rule_sets, synonyms, views

app_name = "operator"
urlpatterns = [
    path("", views.home, name="home"),
    path("next/", views.take_next_one, name="next"),
    path("organisations/", organisations.organisations, name="organisations"),
    path("organisations/<int:pk>/", organisations.organisation, name="organisation"),
    path("organisations/<int:pk>/take/", organisations.take, name="organisation-take"),
    path("organisations/<int:pk>/remark/", organisations.remark, name="organisation-remark"),
    path("organisations/<int:pk>/remark/<int:message_pk>/settle/", organisations.settle, name="organisation-settle"),
    path("organisations/<int:pk>/return/", organisations.give_back, name="organisation-return"),
    path("organisations/<int:pk>/originals/", organisations.originals, name="organisation-originals"),
    path("organisations/<int:pk>/refuse/", organisations.refuse, name="organisation-refuse"),
    path("organisations/<int:pk>/approve/", organisations.approve, name="organisation-approve"),
    path("organisations/<int:pk>/invitation/", organisations.invite_again, name="organisation-invite-again"),
    path("organisations/<int:pk>/scan/<int:document_pk>/", organisations.scan, name="organisation-scan"),
    path("disputes/", views.disputes, name="disputes"),
    path("disputes/<int:pk>/", views.dispute, name="dispute"),
    path("letters/", views.letters, name="letters"),
    path("letters/<int:pk>/again/", views.letter_again, name="letter-again"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/again/", views.job_again, name="job-again"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("synonyms/", synonyms.synonyms, name="synonyms"),
    path("synonyms/add/", synonyms.synonym_add, name="synonym-add"),
    path("synonyms/<int:pk>/", synonyms.synonym, name="synonym"),
    path("synonyms/<int:pk>/remove/", synonyms.synonym_remove, name="synonym-remove"),
    path("rules/", rule_sets.sets, name="rule-sets"),
    path("rules/<int:pk>/", rule_sets.one_set, name="rule-set"),
    path("rules/<int:pk>/draft/", rule_sets.draft, name="rule-set-draft"),
    path("rules/<int:pk>/edit/", rule_sets.edit, name="rule-set-edit"),
    path("rules/<int:pk>/publish/", rule_sets.publish, name="rule-set-publish"),
    path("rules/<int:pk>/drop/", rule_sets.drop, name="rule-set-drop"),
    path("rules/<int:pk>/cases/new/", rule_sets.case, name="golden-case-new"),
    path("rules/<int:pk>/cases/<slug:key>/", rule_sets.case, name="golden-case"),
    path("register/", views.register, name="register"),
    path("", include("nmfo.web.operator.credits.urls")),
    path("", include("nmfo.web.operator.items.urls")),
]

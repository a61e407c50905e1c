"""Addresses of applications for learning in the organisation's cabinet."""

from __future__ import annotations

from django.urls import path

from nmfo.web.organisation.applications import attendance, frdo, groups, inbox, one

urlpatterns = [
    path("applications/", inbox.inbox, name="applications"),
    path("applications/decide/", inbox.decide, name="applications-decide"),
    path("applications/<int:pk>/", one.application, name="application"),
    path("applications/<int:pk>/take/", one.take, name="application-take"),
    path("applications/<int:pk>/accept/", one.accept, name="application-accept"),
    path("applications/<int:pk>/return/", one.ask, name="application-return"),
    path("applications/<int:pk>/refuse/", one.refuse, name="application-refuse"),
    path("applications/<int:pk>/basis/", one.basis, name="application-basis"),
    path("applications/<int:pk>/expel/", one.expel, name="application-expel"),
    path("applications/<int:pk>/write/", one.write, name="application-write"),
    path("applications/<int:pk>/result/", groups.result, name="application-result"),
    path("applications/<int:pk>/reversal/", one.reversal, name="application-reversal"),
    path("applications/<int:pk>/documents/<int:document_pk>/", one.document, name="application-document"),
    path("frdo/", frdo.frdo, name="frdo"),
    path("frdo/file/", frdo.file, name="frdo-file"),
    path("frdo/note/", frdo.note, name="frdo-note"),
    path("groups/<int:run>/", groups.group, name="group"),
    path("groups/<int:run>/attendance/", attendance.attendance, name="group-attendance"),
    path("groups/<int:run>/file/", attendance.file, name="group-file"),
    path("groups/<int:run>/enrol/", groups.enrol, name="group-enrol"),
    path("groups/<int:run>/results/", groups.results, name="group-results"),
    path("groups/<int:run>/results/template/", groups.results_template, name="group-results-template"),
    path("groups/<int:run>/orders/<int:pk>/", groups.order, name="group-order"),
]

"""Addresses of the operator's pages about items."""

from __future__ import annotations

from django.urls import path

from nmfo.web.operator.items import views

urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/<int:pk>/", views.review, name="review"),
    path("reviews/<int:pk>/take/", views.review_take, name="review-take"),
    path("reviews/<int:pk>/remarks/<int:remark>/drop/", views.remark_drop, name="remark-drop"),
    path("reviews/<int:pk>/return/", views.review_return, name="review-return"),
    path("reviews/<int:pk>/publish/", views.review_publish, name="review-publish"),
    path("reviews/files/<int:file>/", views.review_file, name="review-file"),
    path("items/", views.items, name="items"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/accredit/", views.item_accredit, name="item-accredit"),
]

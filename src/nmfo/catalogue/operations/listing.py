"""What the search knows of items, written in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

# One statement for one item and for a million: a row for each published version, its runs and specialties gathered.
_REFRESH = """
INSERT INTO catalogue_searchrow AS row (
  item_id, transaction, listed, version_id, kind, title, brief, organisation_id, organisation_name, levels,
  main_specialties, other_specialties, specialty_names, form, event_kind, bases, regions, credits, minutes, price_rub,
  starts, apply_until, free_seats, begins_at, zone, distance, internship, simulation, network, basic_model,
  new_competence, accredited, popularity, published_at, title_words, words)
SELECT i.id, txid_current(), i.state = 'published', v.id, i.kind, v.title, catalogue_brief(v.annotation),
  o.id, o.short_name, v.levels,
  coalesce(s.main, '{}'), coalesce(s.other, '{}'), coalesce(s.names, '{}'),
  v.form, v.event_kind,
  coalesce(r.bases, v.bases),
  CASE i.kind
    WHEN 'programme' THEN coalesce(r.regions, ARRAY[o.region_id]::varchar[])
    WHEN 'event' THEN CASE WHEN v.on_site AND v.region_id IS NOT NULL THEN ARRAY[v.region_id] ELSE '{}' END
    ELSE '{}' END,
  v.credits, v.minutes, least(r.price, v.price_rub),
  CASE WHEN i.kind = 'event' THEN ARRAY[(v.begins_at AT TIME ZONE v.zone)::date] ELSE coalesce(r.starts, '{}') END,
  CASE WHEN i.kind = 'event' THEN ARRAY[(v.begins_at AT TIME ZONE v.zone)::date] ELSE coalesce(r.until, '{}') END,
  CASE WHEN i.kind <> 'event' THEN coalesce(r.free, '{}') WHEN v.seats IS NULL THEN ARRAY[-1]
    ELSE ARRAY[greatest(v.seats - i.event_taken, 0)] END,
  v.begins_at, v.zone,
  v.distance OR i.kind = 'module' OR (i.kind = 'event' AND v.online),
  v.internship, v.simulation, v.network, v.basic_model, v.new_competence <> '', i.accredited,
  coalesce(r.taken, i.event_taken), v.published_at,
  catalogue_words(v.title),
  catalogue_words(v.title) || catalogue_words(o.short_name || ' ' || o.name)
    || catalogue_words(coalesce(s.text, '') || ' ' || v.annotation || ' ' || v.new_competence)
FROM catalogue_item i
JOIN catalogue_version v ON v.item_id = i.id AND v.state = 'published'
JOIN organisations_organisation o ON o.id = i.organisation_id
LEFT JOIN LATERAL (
  SELECT array_agg(n.id ORDER BY n.name) FILTER (WHERE x.is_main) AS main,
         array_agg(n.id ORDER BY n.name) FILTER (WHERE NOT x.is_main) AS other,
         array_agg(n.name ORDER BY n.name) FILTER (WHERE x.is_main) AS names,
         string_agg(n.name, ' ') AS text
  FROM catalogue_versionspecialty x JOIN reference_specialty n ON n.id = x.specialty_id
  WHERE x.version_id = v.id) s ON true
LEFT JOIN LATERAL (
  SELECT array_agg(u.begins_on ORDER BY u.begins_on, u.id) AS starts,
         array_agg(u.apply_until_on ORDER BY u.begins_on, u.id) AS until,
         array_agg(CASE WHEN u.state <> 'open' THEN 0 WHEN u.seats IS NULL THEN -1 ELSE u.seats - u.taken END
                   ORDER BY u.begins_on, u.id) AS free,
         array_agg(DISTINCT u.region_id) FILTER (WHERE u.region_id IS NOT NULL) AS regions,
         min(u.price_rub) AS price, sum(u.taken) AS taken,
         (SELECT array_agg(DISTINCT b) FROM catalogue_run w, unnest(w.bases) b
           WHERE w.item_id = i.id AND w.state <> 'cancelled') AS bases
  FROM catalogue_run u WHERE u.item_id = i.id AND u.state <> 'cancelled') r ON true
WHERE {which}
ON CONFLICT (item_id) DO UPDATE SET
  transaction = excluded.transaction, listed = excluded.listed, version_id = excluded.version_id,
  title = excluded.title, brief = excluded.brief, organisation_id = excluded.organisation_id,
  organisation_name = excluded.organisation_name, levels = excluded.levels,
  main_specialties = excluded.main_specialties, other_specialties = excluded.other_specialties,
  specialty_names = excluded.specialty_names, form = excluded.form, event_kind = excluded.event_kind,
  bases = excluded.bases, regions = excluded.regions, credits = excluded.credits, minutes = excluded.minutes,
  price_rub = excluded.price_rub, starts = excluded.starts, apply_until = excluded.apply_until,
  free_seats = excluded.free_seats, begins_at = excluded.begins_at, zone = excluded.zone,
  distance = excluded.distance, internship = excluded.internship, simulation = excluded.simulation,
  network = excluded.network, basic_model = excluded.basic_model, new_competence = excluded.new_competence,
  accredited = excluded.accredited, popularity = excluded.popularity, published_at = excluded.published_at,
  title_words = excluded.title_words, words = excluded.words
"""


@transaction.atomic
def refresh_search(item_ids: Iterable[int]) -> int:
    """Write what the search knows of these items anew, in the caller's transaction. Returns how many are known.

    Items that were never published stay unknown; withdrawn ones are kept as not listed. Of two at once the row's lock
    lets the second wait; both read the item under the caller's lock.
    """
    ids = sorted(set(item_ids))
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH.replace("{which}", "i.id = ANY(%s)"), [ids])
        return int(cursor.rowcount)


def refresh_organisation(organisation_id: int) -> int:
    """The same for all items of an organisation: its name or region has changed."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH.replace("{which}", "i.organisation_id = %s"), [organisation_id])
        return int(cursor.rowcount)


def refresh_everything() -> int:
    """The same for the whole catalogue: after loading data past the operations."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH.replace("{which}", "true"))
        return int(cursor.rowcount)

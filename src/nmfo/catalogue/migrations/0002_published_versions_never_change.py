from django.db import migrations

from foundation.db.operations import AppendOnly

# What a published version says stays; that it is replaced one day may be written beside it.
_VERSIONS = """
CREATE FUNCTION catalogue_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NULL THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{state,superseded_at}'::text[] <> to_jsonb(OLD) - '{state,superseded_at}'::text[] THEN
    RAISE EXCEPTION 'a published version never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'catalogue_published_versions_never_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON catalogue_version
  FOR EACH ROW EXECUTE FUNCTION catalogue_keep_published();
"""
_PARTS = """
CREATE FUNCTION catalogue_keep_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whole bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
  IF EXISTS (SELECT 1 FROM catalogue_version v WHERE v.id = whole AND v.published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a published version never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'catalogue_published_versions_never_change';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
_TABLES = ("catalogue_versionspecialty", "catalogue_versionteacher", "catalogue_versionfile")
_ON_PARTS = "".join(
    f"CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION catalogue_keep_parts();\n"
    for table in _TABLES
)
_BACK = (
    "".join(f"DROP TRIGGER keep_published ON {table};\n" for table in (*_TABLES, "catalogue_version"))
    + "DROP FUNCTION catalogue_keep_parts(); DROP FUNCTION catalogue_keep_published();"
)

# One writing for texts and queries: ё is е, «3ЕТ» with the digit is ЗЕТ (C30), COVID-19 is two words.
_WORDS = r"""
CREATE FUNCTION catalogue_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(regexp_replace(translate(lower(words), 'ё', 'е'), '-(?=[0-9])', ' ', 'g'),
                        '(^|[^0-9])3ет($|[^а-я])', '\1зет\2', 'g')
$$;
CREATE FUNCTION catalogue_words(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('pg_catalog.russian', catalogue_plain(words))
$$;
CREATE FUNCTION catalogue_brief(markdown text) RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT left(trim(regexp_replace(regexp_replace(markdown, '[#*_`>|]+', '', 'g'), '\s+', ' ', 'g')), 280)
$$;
"""
_WORDS_BACK = (
    "DROP FUNCTION catalogue_brief(text); DROP FUNCTION catalogue_words(text); DROP FUNCTION catalogue_plain(text);"
)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [
        migrations.RunSQL(_VERSIONS + _PARTS + _ON_PARTS, _BACK),
        migrations.RunSQL(_WORDS, _WORDS_BACK),
        AppendOnly("versionstep"),
    ]

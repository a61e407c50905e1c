from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("participation", "0003_lines_are_found_without_the_rest"),
        ("credits", "0011_codes_beside_credits_at_once_take_an_operator"),
    ]
    operations = [
        migrations.RunSQL(
            """
            UPDATE credits_allowance a SET at_once = true FROM participation_gathering g
            WHERE a.offering = 'event:' || g.item_id AND g.award = 'credits' AND g.closed_at IS NOT NULL
            """,
            migrations.RunSQL.noop,
        ),
    ]

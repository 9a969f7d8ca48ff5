"""Postgres notes every edit of a schedule, whoever makes it and however.

django-celery-beat's bulk actions use `queryset.update`, which sends no signals. See decision 5.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION celeriac_schedules_changed(ids integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) > 0 THEN
        INSERT INTO scheduling_nextrun AS run (periodic_task_id, changed_at)
        SELECT id, clock_timestamp() FROM unnest(ids) AS id ORDER BY id
        ON CONFLICT (periodic_task_id) DO UPDATE
           SET changed_at = EXCLUDED.changed_at, at = NULL;
        PERFORM pg_notify('celeriac_schedules', '');
    END IF;
END $$;

CREATE FUNCTION celeriac_periodic_task_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM celeriac_schedules_changed(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

CREATE FUNCTION celeriac_task_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM celeriac_schedules_changed(ARRAY[NEW.periodic_task_id]);
    RETURN NULL;
END $$;

CREATE FUNCTION celeriac_calendar_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM celeriac_schedules_changed(ARRAY(
        SELECT periodic_task_id FROM scheduling_task WHERE calendar_id = NEW.id));
    RETURN NULL;
END $$;

-- The trigger's argument is the PeriodicTask's column that points to the schedule.
CREATE FUNCTION celeriac_schedule_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids integer[];
BEGIN
    EXECUTE format('SELECT array_agg(id) FROM django_celery_beat_periodictask WHERE %I = $1',
                   TG_ARGV[0]) INTO ids USING NEW.id;
    PERFORM celeriac_schedules_changed(ids);
    RETURN NULL;
END $$;

CREATE FUNCTION celeriac_keep_marker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM scheduling_task task
                 JOIN django_celery_beat_periodictask periodic
                   ON periodic.id = task.periodic_task_id
                WHERE periodic.interval_id = OLD.id) THEN
        RAISE integrity_constraint_violation USING MESSAGE =
            'This interval stands for schedules that only their tasks can show; edit the tasks.';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER celeriac_added AFTER INSERT ON django_celery_beat_periodictask
    FOR EACH ROW EXECUTE FUNCTION celeriac_periodic_task_changed();

CREATE TRIGGER celeriac_changed AFTER UPDATE ON django_celery_beat_periodictask
    FOR EACH ROW WHEN (
        (OLD.enabled, OLD.crontab_id, OLD.interval_id, OLD.solar_id, OLD.clocked_id,
         OLD.start_time, OLD.expires, OLD.one_off)
        IS DISTINCT FROM
        (NEW.enabled, NEW.crontab_id, NEW.interval_id, NEW.solar_id, NEW.clocked_id,
         NEW.start_time, NEW.expires, NEW.one_off))
    EXECUTE FUNCTION celeriac_periodic_task_changed();

CREATE TRIGGER celeriac_changed AFTER UPDATE ON django_celery_beat_crontabschedule
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION celeriac_schedule_changed('crontab_id');

CREATE TRIGGER celeriac_changed AFTER UPDATE ON django_celery_beat_intervalschedule
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION celeriac_schedule_changed('interval_id');

CREATE TRIGGER celeriac_keep_marker BEFORE UPDATE ON django_celery_beat_intervalschedule
    FOR EACH ROW WHEN (OLD.every = 36525 AND OLD.period = 'days'
                       AND OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION celeriac_keep_marker();

CREATE TRIGGER celeriac_changed AFTER UPDATE ON django_celery_beat_solarschedule
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION celeriac_schedule_changed('solar_id');

CREATE TRIGGER celeriac_changed AFTER UPDATE ON django_celery_beat_clockedschedule
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION celeriac_schedule_changed('clocked_id');

CREATE TRIGGER celeriac_added AFTER INSERT ON scheduling_task
    FOR EACH ROW EXECUTE FUNCTION celeriac_task_changed();

CREATE TRIGGER celeriac_changed AFTER UPDATE ON scheduling_task
    FOR EACH ROW WHEN (
        (OLD.cron_expression, OLD.timezone, OLD.start_at, OLD.end_at, OLD.calendar_id,
         OLD.calendar_policy)
        IS DISTINCT FROM
        (NEW.cron_expression, NEW.timezone, NEW.start_at, NEW.end_at, NEW.calendar_id,
         NEW.calendar_policy))
    EXECUTE FUNCTION celeriac_task_changed();

CREATE TRIGGER celeriac_changed AFTER UPDATE ON scheduling_calendar
    FOR EACH ROW WHEN (
        (OLD.mode, OLD.timezone, OLD.rules) IS DISTINCT FROM (NEW.mode, NEW.timezone, NEW.rules))
    EXECUTE FUNCTION celeriac_calendar_changed();
"""

DROP = """
DROP FUNCTION celeriac_periodic_task_changed, celeriac_task_changed, celeriac_calendar_changed,
              celeriac_schedule_changed, celeriac_keep_marker CASCADE;
DROP FUNCTION celeriac_schedules_changed(integer[]);
"""

# Every tick rewrites a row and moves it in an index, so that dead rows have to go soon.
STORAGE = """
ALTER TABLE scheduling_nextrun SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000)
"""

FIRST_ROWS = """
INSERT INTO scheduling_nextrun (periodic_task_id, changed_at)
SELECT id, clock_timestamp() FROM django_celery_beat_periodictask
ON CONFLICT DO NOTHING
"""

# Saving a task looks its crontab up by value.
CRONTAB_INDEX = """
CREATE INDEX celeriac_crontab_values ON django_celery_beat_crontabschedule
    (minute, hour, day_of_month, month_of_year, day_of_week, timezone)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('scheduling', '0002_tasks'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(FIRST_ROWS, migrations.RunSQL.noop),
        migrations.RunSQL(CRONTAB_INDEX, 'DROP INDEX celeriac_crontab_values'),
    ]

-- Who may do what, held by the database itself. The roles cannot log in, own nothing and cannot bypass row-level
-- security; a process's login is a member of those it needs (foundation/database.py says what each is for).
--
-- Who acts is told by SET LOCAL: telehealth.viewer ('patient' or 'staff') and telehealth.viewer_id. Not told: nothing shown.

DO $$
DECLARE role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['telehealth_web', 'telehealth_door', 'telehealth_intake', 'telehealth_checker', 'telehealth_notifier']
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server has made it
        END;
    END LOOP;
END $$;

-- ---------------------------------------------------------------- who the viewer is

CREATE FUNCTION viewer_patient() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN current_setting('telehealth.viewer', true) = 'patient'
                THEN nullif(current_setting('telehealth.viewer_id', true), '')::bigint END
$$;

CREATE FUNCTION viewer_staff() RETURNS int
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN current_setting('telehealth.viewer', true) = 'staff'
                THEN nullif(current_setting('telehealth.viewer_id', true), '')::int END
$$;

CREATE FUNCTION viewer_role() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT role FROM staff
    WHERE current_setting('telehealth.viewer', true) = 'staff' AND disabled_at IS NULL
      AND id = nullif(current_setting('telehealth.viewer_id', true), '')::int
$$;

CREATE FUNCTION viewer_teams() RETURNS int[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(team_id), '{}') FROM staff_team
    WHERE viewer_role() IN ('clinician', 'coordinator', 'lead')
      AND staff_id = nullif(current_setting('telehealth.viewer_id', true), '')::int
$$;

CREATE FUNCTION cares_for(wanted bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM patient
                   WHERE id = wanted AND (team_id = ANY (viewer_teams()) OR id = viewer_patient()))
$$;

-- ---------------------------------------------------------------- the checked path to readings
-- The readings table may be compressed by TimescaleDB, which cannot be under row-level security. So the web has no right
-- to the table at all, only to these functions, which look at who asks. Corrections are applied here.

CREATE FUNCTION readings_of(wanted bigint, kinds smallint[], since timestamptz, until timestamptz, most int)
RETURNS TABLE (kind smallint, measured_at timestamptz, value float8, received_at timestamptz, provenance smallint,
               offset_minutes smallint, given text, upload_id uuid, item int, revision smallint, as_sent float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.kind, r.measured_at, CASE WHEN c.revision IS NULL THEN r.value ELSE c.value END, r.received_at, r.provenance,
           r.offset_minutes, r.given, r.upload_id, r.item, coalesce(c.revision, 0::smallint), r.value
    FROM reading r
    LEFT JOIN LATERAL (SELECT k.revision, k.value FROM correction k
                       WHERE k.patient_id = r.patient_id AND k.kind = r.kind AND k.measured_at = r.measured_at
                       ORDER BY k.revision DESC LIMIT 1) c ON true
    WHERE cares_for(wanted) AND r.patient_id = wanted AND r.kind = ANY (kinds)
      AND r.measured_at >= since AND r.measured_at < until
    ORDER BY r.measured_at DESC, r.kind
    LIMIT most
$$;

CREATE FUNCTION recent_of(wanted bigint[], kinds smallint[], since timestamptz)
RETURNS TABLE (patient_id bigint, kind smallint, measured_at timestamptz, value float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.patient_id, r.kind, r.measured_at, CASE WHEN c.revision IS NULL THEN r.value ELSE c.value END
    FROM patient p
    JOIN reading r ON r.patient_id = p.id AND r.kind = ANY (kinds) AND r.measured_at >= since
    LEFT JOIN LATERAL (SELECT k.revision, k.value FROM correction k
                       WHERE k.patient_id = r.patient_id AND k.kind = r.kind AND k.measured_at = r.measured_at
                       ORDER BY k.revision DESC LIMIT 1) c ON true
    WHERE p.id = ANY (wanted) AND (p.team_id = ANY (viewer_teams()) OR p.id = viewer_patient())
      AND (c.revision IS NULL OR c.value IS NOT NULL)
    ORDER BY r.patient_id, r.kind, r.measured_at
$$;

-- How the checking goes, for everyone who must know that it stopped: numbers and times, nothing about anybody.
CREATE FUNCTION checking_state(moment timestamptz) RETURNS TABLE
    (last_pass_at timestamptz, passes bigint, waiting_since timestamptz, waiting bigint, patients bigint, failures bigint,
     notifier_seen_at timestamptz, undelivered_since timestamptz, waiting_long bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT max(finished_at) FROM pass), (SELECT count(*) FROM pass),
           least((SELECT min(received_at) FROM arrival), (SELECT min(due_at) FROM wake WHERE due_at <= moment)),
           (SELECT count(*) FROM (SELECT patient_id FROM arrival UNION SELECT patient_id FROM wake WHERE due_at <= moment) AS w),
           (SELECT count(*) FROM patient), (SELECT count(*) FROM check_failure),
           (SELECT seen_at FROM process WHERE name = 'notifier'),
           (SELECT min(created_at) FROM outbox
            WHERE delivered_at IS NULL AND (given_up_at IS NULL OR given_up_at > moment - interval '1 day')),
           -- patients, not arrivals: who has waited for more than a minute is not counted among the checked
           (SELECT count(*) FROM (SELECT patient_id FROM arrival WHERE received_at < moment - interval '1 minute'
                                  UNION SELECT patient_id FROM wake WHERE due_at < moment - interval '1 minute') AS w)
$$;
REVOKE ALL ON FUNCTION checking_state(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION checking_state(timestamptz) TO telehealth_web, telehealth_door;

-- A person says that a held value is right: it becomes a reading, or supersedes the one of the same moment.
CREATE FUNCTION accept_held(wanted bigint, upload uuid, place int, why text, moment timestamptz) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decided int := 0;
    one held%ROWTYPE;
BEGIN
    IF viewer_role() IS DISTINCT FROM 'clinician' OR NOT cares_for(wanted) THEN
        RETURN 0;
    END IF;
    FOR one IN UPDATE held SET state = 'accepted', decided_at = moment, reason = why,
                               decided_by = current_setting('telehealth.viewer_id')::int
               WHERE patient_id = wanted AND upload_id = upload AND item = place AND state = 'waiting' RETURNING *
    LOOP
        INSERT INTO reading (patient_id, kind, measured_at, value, received_at, upload_id, item, provenance, offset_minutes, given)
        VALUES (one.patient_id, one.kind, one.measured_at, one.value, one.received_at, one.upload_id, one.item, one.provenance,
                one.offset_minutes, one.given)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            INSERT INTO correction (patient_id, kind, measured_at, revision, value, old_value, decided_by, decided_at, reason)
            SELECT r.patient_id, r.kind, r.measured_at, coalesce(max(c.revision), 0) + 1, one.value,
                   coalesce((array_agg(c.value ORDER BY c.revision DESC) FILTER (WHERE c.revision IS NOT NULL))[1], r.value),
                   one.decided_by, moment, why
            FROM reading r LEFT JOIN correction c USING (patient_id, kind, measured_at)
            WHERE r.patient_id = one.patient_id AND r.kind = one.kind AND r.measured_at = one.measured_at
            GROUP BY r.patient_id, r.kind, r.measured_at, r.value;
        END IF;
        decided := decided + 1;
    END LOOP;
    RETURN decided;
END $$;

REVOKE ALL ON FUNCTION viewer_role(), viewer_teams(), cares_for(bigint),
    readings_of(bigint, smallint[], timestamptz, timestamptz, int), recent_of(bigint[], smallint[], timestamptz), accept_held(bigint, uuid, int, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION viewer_role(), viewer_teams(), cares_for(bigint),
    readings_of(bigint, smallint[], timestamptz, timestamptz, int), recent_of(bigint[], smallint[], timestamptz), accept_held(bigint, uuid, int, text, timestamptz) TO telehealth_web;

-- ---------------------------------------------------------------- row-level security for the web

ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY cared_for ON patient FOR SELECT TO telehealth_web
    USING (team_id = ANY ((SELECT viewer_teams())::int[]) OR id = (SELECT viewer_patient()));
-- An admin enrols patients of every team, and sees who they are but nothing that they sent.
CREATE POLICY administered ON patient FOR SELECT TO telehealth_web USING ((SELECT viewer_role()) = 'admin');

ALTER TABLE enrolment ENABLE ROW LEVEL SECURITY;
CREATE POLICY cared_for ON enrolment FOR SELECT TO telehealth_web
    USING (EXISTS (SELECT 1 FROM patient p WHERE p.id = patient_id));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['upload', 'correction', 'held', 'rollup_day', 'threshold', 'pause', 'arrival']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY cared_for ON %I FOR SELECT TO telehealth_web
            USING (EXISTS (SELECT 1 FROM patient p WHERE p.id = patient_id
                           AND (p.team_id = ANY ((SELECT viewer_teams())::int[]) OR p.id = (SELECT viewer_patient()))))
        $policy$, name);
    END LOOP;
END $$;

-- Read for whole cohorts: who may be seen is worked out once, not looked up for every row.
ALTER TABLE rollup_recent ENABLE ROW LEVEL SECURITY;
CREATE POLICY cared_for ON rollup_recent FOR SELECT TO telehealth_web
    USING (patient_id IN (SELECT p.id FROM patient p
                          WHERE p.team_id = ANY ((SELECT viewer_teams())::int[]) OR p.id = (SELECT viewer_patient())));

-- Only a clinician of the patient's own team decides on readings and thresholds, and in no name but their own.
CREATE POLICY decided ON correction FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id) AND decided_by = viewer_staff());
CREATE POLICY decided ON threshold FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id) AND set_by = viewer_staff());
CREATE POLICY replaced ON threshold FOR UPDATE TO telehealth_web
    USING ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id));
CREATE POLICY decided ON held FOR UPDATE TO telehealth_web
    USING ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id)) WITH CHECK (decided_by = viewer_staff());
CREATE POLICY decided ON arrival FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id));
CREATE POLICY decided ON pause FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'coordinator') AND cares_for(patient_id) AND set_by = viewer_staff());

ALTER TABLE alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY on_own_queue ON alert FOR SELECT TO telehealth_web USING (team_id = ANY ((SELECT viewer_teams())::int[]));
CREATE POLICY acted_on ON alert FOR UPDATE TO telehealth_web
    USING (team_id = ANY ((SELECT viewer_teams())::int[]) AND (SELECT viewer_role()) = 'clinician');

ALTER TABLE episode ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_seen_alert ON episode FOR SELECT TO telehealth_web
    USING (EXISTS (SELECT 1 FROM alert a WHERE a.patient_id = episode.patient_id AND a.id = alert_id));
ALTER TABLE alert_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_seen_alert ON alert_event FOR SELECT TO telehealth_web
    USING (EXISTS (SELECT 1 FROM alert a WHERE a.patient_id = alert_event.patient_id AND a.id = alert_id));
CREATE POLICY acted ON alert_event FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'coordinator') AND actor = 'staff:' || viewer_staff()
                AND EXISTS (SELECT 1 FROM alert a WHERE a.patient_id = alert_event.patient_id AND a.id = alert_id));
ALTER TABLE check_failure ENABLE ROW LEVEL SECURITY;
CREATE POLICY cared_for ON check_failure FOR SELECT TO telehealth_web USING (EXISTS (SELECT 1 FROM patient p WHERE p.id = patient_id));
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE wake ENABLE ROW LEVEL SECURITY;

-- Staff know each other and the teams; a patient knows the name of their own team, and nobody on it.
ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON staff FOR SELECT TO telehealth_web USING ((SELECT viewer_role()) IS NOT NULL);
ALTER TABLE staff_team ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON staff_team FOR SELECT TO telehealth_web USING ((SELECT viewer_role()) IS NOT NULL);
ALTER TABLE team ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON team FOR SELECT TO telehealth_web USING ((SELECT viewer_role()) IS NOT NULL);
CREATE POLICY own ON team FOR SELECT TO telehealth_web
    USING (id = (SELECT p.team_id FROM patient p WHERE p.id = viewer_patient()));

-- What people do they do in their own name.
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY in_own_name ON audit FOR INSERT TO telehealth_web
    WITH CHECK (actor = current_setting('telehealth.viewer') || ':' || current_setting('telehealth.viewer_id'));

-- The other roles see every row of the few tables that they are granted below.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['patient', 'enrolment', 'upload', 'correction', 'held', 'rollup_day', 'rollup_recent', 'threshold', 'pause', 'arrival',
                                'alert', 'episode', 'alert_event', 'check_failure', 'outbox', 'wake', 'staff', 'staff_team', 'team', 'audit']
    LOOP
        EXECUTE format('CREATE POLICY work ON %I FOR ALL TO telehealth_door, telehealth_intake, telehealth_checker, telehealth_notifier
                        USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- ---------------------------------------------------------------- table rights

GRANT SELECT (id, nhs_number, name, born, sex, phone, language, team_id, created_at) ON patient TO telehealth_web;
GRANT SELECT (id, email, name, role, disabled_at, created_at) ON staff TO telehealth_web;
GRANT SELECT ON team, staff_team, enrolment, rule_version, pass, process, bucket TO telehealth_web;
GRANT SELECT ON upload, correction, held, rollup_day, rollup_recent, threshold, pause, alert, episode, alert_event, check_failure TO telehealth_web;
GRANT INSERT ON correction, threshold, pause, arrival, alert_event TO telehealth_web;
GRANT UPDATE (state, decided_by, decided_at, reason) ON held TO telehealth_web;
GRANT UPDATE (replaced_at) ON threshold TO telehealth_web;
GRANT UPDATE (acknowledged_at, acknowledged_by, claimed_at, claimed_by, resolved_at, resolved_by, outcome, changes) ON alert TO telehealth_web;

GRANT SELECT (id, nhs_number, name, born, team_id, password_hash), UPDATE (password_hash) ON patient TO telehealth_door;
GRANT SELECT, UPDATE (totp_used) ON staff TO telehealth_door;
GRANT SELECT ON team, staff_team TO telehealth_door;
GRANT SELECT, INSERT, UPDATE ON bearer_token, web_session, enrolment_code TO telehealth_door;
GRANT SELECT, INSERT, DELETE ON sign_in_failure TO telehealth_door;

GRANT SELECT, INSERT ON upload, reading, held, arrival TO telehealth_intake;
GRANT SELECT ON correction, rollup_day, threshold TO telehealth_intake;
GRANT SELECT (id, team_id, nhs_number) ON patient TO telehealth_intake;

GRANT SELECT (id, team_id, born) ON patient TO telehealth_checker;
GRANT SELECT ON team, enrolment, reading, correction, held, threshold, pause TO telehealth_checker;
GRANT SELECT, DELETE ON arrival TO telehealth_checker;
GRANT SELECT, UPDATE ON bucket TO telehealth_checker;
GRANT SELECT, INSERT, UPDATE ON alert, rule_version, rollup_day, process TO telehealth_checker;
GRANT SELECT, INSERT ON alert_event, outbox TO telehealth_checker;
GRANT SELECT, INSERT, UPDATE, DELETE ON episode, wake, check_failure, rollup_day, rollup_recent, pass TO telehealth_checker;

GRANT SELECT (id, name, email) ON team TO telehealth_notifier;
GRANT SELECT, UPDATE ON outbox TO telehealth_notifier;
GRANT SELECT, INSERT, UPDATE ON process TO telehealth_notifier;

-- Which version the database is of, so that each process can tell whether it fits.
GRANT SELECT ON alembic_version TO telehealth_web, telehealth_door, telehealth_intake, telehealth_checker, telehealth_notifier;

-- Audit: anyone may add to it, nobody may change or remove, and only the owner reads it all.
GRANT INSERT ON audit TO telehealth_web, telehealth_door, telehealth_intake, telehealth_checker;
GRANT SELECT, UPDATE ON audit_head TO telehealth_web, telehealth_door, telehealth_intake, telehealth_checker;
INSERT INTO audit_head (stream, seq, hash) SELECT stream, 0, decode(repeat('00', 32), 'hex') FROM generate_series(0, 31) AS stream;
INSERT INTO bucket (bucket) SELECT generate_series(0, 255);

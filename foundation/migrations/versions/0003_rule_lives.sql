-- The lives of rules, and what rules in shadow find. What a row means is said at its model (alerts/rule_tables.py).

CREATE TABLE rule_life (
    rule TEXT NOT NULL,
    step INTEGER NOT NULL,
    version INTEGER NOT NULL,
    what TEXT NOT NULL,
    life TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by INTEGER,
    reason TEXT NOT NULL,
    proposal INTEGER,
    proposed_by INTEGER,
    CONSTRAINT pk_rule_life PRIMARY KEY (rule, step),
    CONSTRAINT uq_rule_life_proposal UNIQUE (rule, version, step, set_by),
    CONSTRAINT fk_rule_life_rule_rule_version FOREIGN KEY (rule, version) REFERENCES rule_version (rule, version),
    CONSTRAINT fk_rule_life_rule_rule_life FOREIGN KEY (rule, version, proposal, proposed_by)
        REFERENCES rule_life (rule, version, step, set_by),
    CONSTRAINT ck_rule_life_life CHECK (life IN ('draft', 'shadow', 'active', 'retired')),
    CONSTRAINT ck_rule_life_what CHECK (what IN ('entered', 'proposed', 'shadowed', 'approved', 'replaced', 'retired')),
    CONSTRAINT ck_rule_life_whose CHECK ((what = 'entered') = (set_by IS NULL)),
    CONSTRAINT ck_rule_life_two_people CHECK (what <> 'approved' OR (proposal IS NOT NULL AND proposed_by IS NOT NULL AND proposed_by <> set_by)),
    CONSTRAINT ck_rule_life_active CHECK (life <> 'active' OR what IN ('entered', 'approved')),
    CONSTRAINT ck_rule_life_reason CHECK (reason <> '')
);

CREATE TABLE shadow_episode (
    patient_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    severity SMALLINT NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    moments INTEGER NOT NULL,
    figure DOUBLE PRECISION NOT NULL,
    bound DOUBLE PRECISION NOT NULL,
    CONSTRAINT pk_shadow_episode PRIMARY KEY (patient_id, rule, version, started_at)
);
CREATE INDEX ix_shadow_episode_rule ON shadow_episode (rule, version, started_at);

CREATE TABLE shadow_failure (
    patient_id BIGINT NOT NULL,
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    problem TEXT NOT NULL,
    CONSTRAINT pk_shadow_failure PRIMARY KEY (patient_id, rule, version)
);

-- What ran until now goes on: the newest version of each rule, until people decide otherwise.
INSERT INTO rule_life (rule, step, version, what, life, at, reason)
SELECT rule, row_number() OVER (PARTITION BY rule ORDER BY version), version, 'entered',
       CASE WHEN version = max(version) OVER (PARTITION BY rule) THEN 'active' ELSE 'retired' END, first_used_at,
       'It ran before the lives of rules were kept.'
FROM rule_version;

-- ---------------------------------------------------------------- who sees and who decides

-- Staff see what is decided about rules. A step is taken in no name but one's own, and only a lead's makes a rule run.
ALTER TABLE rule_life ENABLE ROW LEVEL SECURITY;
CREATE POLICY told ON rule_life FOR SELECT TO telehealth_web USING ((SELECT viewer_role()) IS NOT NULL);
CREATE POLICY proposed ON rule_life FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'lead') AND set_by = viewer_staff()
                AND what IN ('proposed', 'shadowed') AND life <> 'active');
CREATE POLICY decided ON rule_life FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) = 'lead' AND set_by = viewer_staff() AND what IN ('approved', 'replaced', 'retired'));
CREATE POLICY work ON rule_life FOR ALL TO telehealth_checker USING (true) WITH CHECK (set_by IS NULL);

-- Counted for whole cohorts: who may be seen is worked out once. A patient does not see what was raised to nobody.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['shadow_episode', 'shadow_failure']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY cared_for ON %I FOR SELECT TO telehealth_web
            USING (patient_id IN (SELECT p.id FROM patient p WHERE p.team_id = ANY ((SELECT viewer_teams())::int[])))', name);
        EXECUTE format('CREATE POLICY work ON %I FOR ALL TO telehealth_checker USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON rule_life TO telehealth_web, telehealth_checker;
GRANT SELECT ON shadow_episode, shadow_failure TO telehealth_web;
GRANT SELECT, INSERT, DELETE ON shadow_episode TO telehealth_checker;
GRANT SELECT, INSERT, UPDATE, DELETE ON shadow_failure TO telehealth_checker;

-- A rule is everybody's, so whoever takes a step about it has the patients of every team judged again: those on its
-- pathway, or with bounds for its kinds. Says how many; nothing about anybody.
CREATE FUNCTION judge_again(pathway_ text, kinds smallint[], since timestamptz, moment timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH told AS (
        INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
        SELECT p.id, p.id % (SELECT count(*) FROM bucket), since, moment FROM patient p
        WHERE viewer_role() IN ('clinician', 'lead')
          AND CASE WHEN pathway_ = 'every'
                   THEN EXISTS (SELECT 1 FROM threshold t
                                WHERE t.patient_id = p.id AND t.kind = ANY (kinds) AND t.replaced_at IS NULL)
                   ELSE EXISTS (SELECT 1 FROM enrolment e WHERE e.patient_id = p.id AND e.pathway = pathway_
                                AND (e.ended_on IS NULL OR e.ended_on >= (moment AT TIME ZONE 'Europe/London')::date)) END
        RETURNING 1)
    SELECT count(*) FROM told
$$;

-- Teams where nobody can act on an alert, with the alerts and patients that stand there: numbers, for whoever is in no
-- such team and would never know.
CREATE FUNCTION teams_without_anybody() RETURNS TABLE (team_id int, name text, alerts bigint, patients bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.name, (SELECT count(*) FROM alert a WHERE a.team_id = t.id AND a.resolved_at IS NULL),
           (SELECT count(*) FROM patient p WHERE p.team_id = t.id)
    FROM team t
    WHERE viewer_role() IN ('clinician', 'coordinator', 'lead')
      AND NOT EXISTS (SELECT 1 FROM staff_team m JOIN staff s ON s.id = m.staff_id
                      WHERE m.team_id = t.id AND s.role = 'clinician' AND s.disabled_at IS NULL)
$$;

REVOKE ALL ON FUNCTION judge_again(text, smallint[], timestamptz, timestamptz), teams_without_anybody() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION judge_again(text, smallint[], timestamptz, timestamptz), teams_without_anybody() TO telehealth_web;

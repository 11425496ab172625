-- Traits: lasting facts about one patient that rules use. What a row means is said at its model (alerts/tables.py).

CREATE TABLE trait (
    patient_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION,
    set_by INTEGER NOT NULL,
    reason TEXT NOT NULL,
    review_on DATE,
    replaced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_trait PRIMARY KEY (patient_id, name, set_at),
    CONSTRAINT ck_trait_reviewed CHECK (value IS NULL OR review_on IS NOT NULL),
    CONSTRAINT ck_trait_ended CHECK (value IS NOT NULL OR replaced_at IS NOT NULL)
);

CREATE UNIQUE INDEX uq_trait_current ON trait (patient_id, name) WHERE replaced_at IS NULL;
CREATE INDEX ix_trait_review ON trait (patient_id, review_on) WHERE replaced_at IS NULL;
CREATE INDEX ix_threshold_review ON threshold (patient_id, review_on) WHERE replaced_at IS NULL AND review_on IS NOT NULL;

-- A person who gives bounds back to their pathway leaves a row of that pathway's with their name and reason on it.
ALTER TABLE threshold DROP CONSTRAINT ck_threshold_person;
ALTER TABLE threshold ADD CONSTRAINT ck_threshold_person
    CHECK (source <> 'person' OR (set_by IS NOT NULL AND reason IS NOT NULL)) NOT VALID;
ALTER TABLE threshold VALIDATE CONSTRAINT ck_threshold_person;

-- ---------------------------------------------------------------- who sees and who decides

ALTER TABLE trait ENABLE ROW LEVEL SECURITY;
CREATE POLICY cared_for ON trait FOR SELECT TO telehealth_web
    USING (EXISTS (SELECT 1 FROM patient p WHERE p.id = patient_id
                   AND (p.team_id = ANY ((SELECT viewer_teams())::int[]) OR p.id = (SELECT viewer_patient()))));
CREATE POLICY decided ON trait FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'lead') AND cares_for(patient_id) AND set_by = viewer_staff());
CREATE POLICY replaced ON trait FOR UPDATE TO telehealth_web
    USING ((SELECT viewer_role()) IN ('clinician', 'lead') AND cares_for(patient_id));
CREATE POLICY work ON trait FOR ALL TO telehealth_door, telehealth_intake, telehealth_checker, telehealth_notifier
    USING (true) WITH CHECK (true);

-- A lead decides on bounds too; that puts the patient among those to check.
ALTER POLICY decided ON threshold
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'lead') AND cares_for(patient_id) AND set_by = viewer_staff());
ALTER POLICY replaced ON threshold
    USING ((SELECT viewer_role()) IN ('clinician', 'lead') AND cares_for(patient_id));
ALTER POLICY decided ON arrival
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'lead') AND cares_for(patient_id));
-- And it is said on the alerts that rest on the old bounds, which a lead may not write on otherwise.
CREATE POLICY changed ON alert_event FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) = 'lead' AND what = 'thresholds_changed' AND actor = 'staff:' || viewer_staff()
                AND EXISTS (SELECT 1 FROM alert a WHERE a.patient_id = alert_event.patient_id AND a.id = alert_id));

GRANT SELECT, INSERT, UPDATE (replaced_at) ON trait TO telehealth_web;
GRANT SELECT ON trait TO telehealth_checker;

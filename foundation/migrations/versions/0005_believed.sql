-- A held value that a repeat made believed: a reading, decided by nobody, that stays to speak for others (ingest/holding.py).
-- Checked apart from being added, so that uploads go on meanwhile.

ALTER TABLE held DROP CONSTRAINT ck_held_state;
ALTER TABLE held ADD CONSTRAINT ck_held_state
    CHECK (state IN ('waiting', 'believed', 'accepted', 'dismissed')) NOT VALID;
ALTER TABLE held VALIDATE CONSTRAINT ck_held_state;

ALTER TABLE held DROP CONSTRAINT ck_held_who_and_when;
ALTER TABLE held ADD CONSTRAINT ck_held_who_and_when
    CHECK ((decided_by IS NULL) = (state IN ('waiting', 'believed'))) NOT VALID;
ALTER TABLE held VALIDATE CONSTRAINT ck_held_who_and_when;

-- Intake says so of one that waits, once its repeat came; people decide only on what waits.
GRANT UPDATE (state, decided_at) ON held TO telehealth_intake;
ALTER POLICY decided ON held
    USING ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id) AND state = 'waiting')
    WITH CHECK (decided_by = viewer_staff());

-- Backtests as people ask for them on the page. What a row means is said at its model (alerts/backtest_tables.py).

CREATE TABLE backtest (
    id UUID NOT NULL,
    asked_by INTEGER NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    teams INTEGER[] NOT NULL,
    rule TEXT NOT NULL,
    body JSONB NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    tries SMALLINT DEFAULT 0 NOT NULL,
    done INTEGER DEFAULT 0 NOT NULL,
    patients INTEGER,
    ended_at TIMESTAMP WITH TIME ZONE,
    result JSONB,
    problem TEXT,
    CONSTRAINT pk_backtest PRIMARY KEY (id),
    CONSTRAINT ck_backtest_state CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
    CONSTRAINT ck_backtest_ended CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL)),
    CONSTRAINT ck_backtest_result CHECK ((state = 'done') = (result IS NOT NULL)),
    CONSTRAINT ck_backtest_stretch CHECK (since < until)
);
-- One under way for each person: clicking again starts no second one.
CREATE UNIQUE INDEX uq_backtest_under_way ON backtest (asked_by) WHERE state IN ('waiting', 'running');
CREATE INDEX ix_backtest_asked_by_asked_at ON backtest (asked_by, asked_at);
CREATE INDEX ix_backtest_waiting ON backtest (asked_at) WHERE state IN ('waiting', 'running');

-- Asked for in no name but one's own, and over no patients but those of one's own teams: the process that computes it reads
-- what the row says. Seen by who asked, while they are still in all of these teams. Nobody but them may call it off.
ALTER TABLE backtest ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON backtest FOR SELECT TO telehealth_web
    USING (asked_by = (SELECT viewer_staff()) AND teams <@ (SELECT viewer_teams())::int[]
           AND (SELECT viewer_role()) IN ('clinician', 'lead'));
CREATE POLICY asked ON backtest FOR INSERT TO telehealth_web
    WITH CHECK ((SELECT viewer_role()) IN ('clinician', 'lead') AND asked_by = (SELECT viewer_staff())
                AND teams <@ (SELECT viewer_teams())::int[] AND state = 'waiting');
CREATE POLICY called_off ON backtest FOR UPDATE TO telehealth_web
    USING (asked_by = (SELECT viewer_staff()) AND state IN ('waiting', 'running')) WITH CHECK (state = 'cancelled');
CREATE POLICY work ON backtest FOR ALL TO telehealth_checker USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE (state, ended_at) ON backtest TO telehealth_web;
GRANT SELECT, UPDATE, DELETE ON backtest TO telehealth_checker;

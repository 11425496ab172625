-- One login for each process, run once by the database image when its volume is new, as the superuser.
--
-- A login owns nothing and, being NOINHERIT, may do nothing until it takes one of the roles it is a member of, which
-- every connection does as it opens. The roles themselves get their rights in the migrations. The last login owns the
-- database: it brings the tables up to date and is the operator's.

\set ON_ERROR_STOP on

-- A statement that fails would otherwise be written into the server's log with the password in it.
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

\set api_password `cat "${TELEHEALTH_SECRETS:-/run/secrets}/api_password"`
\set checker_password `cat "${TELEHEALTH_SECRETS:-/run/secrets}/checker_password"`
\set notifier_password `cat "${TELEHEALTH_SECRETS:-/run/secrets}/notifier_password"`
\set owner_password `cat "${TELEHEALTH_SECRETS:-/run/secrets}/owner_password"`

-- The migrations make these too, where they are missing.
SELECT format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted)
FROM unnest(ARRAY['telehealth_web', 'telehealth_door', 'telehealth_intake', 'telehealth_checker',
                  'telehealth_notifier']) AS wanted
WHERE wanted NOT IN (SELECT rolname FROM pg_roles) \gexec

SELECT format('CREATE ROLE %I', wanted)
FROM unnest(ARRAY['login_api', 'login_checker', 'login_notifier', 'login_owner']) AS wanted
WHERE wanted NOT IN (SELECT rolname FROM pg_roles) \gexec

ALTER ROLE login_api LOGIN NOINHERIT PASSWORD :'api_password';
ALTER ROLE login_checker LOGIN NOINHERIT PASSWORD :'checker_password';
ALTER ROLE login_notifier LOGIN NOINHERIT PASSWORD :'notifier_password';
-- CREATEROLE: a later migration may need one more role. It gives no power over the roles made here.
ALTER ROLE login_owner LOGIN NOINHERIT CREATEROLE PASSWORD :'owner_password';

-- The migrations ask which libraries the server has loaded, to know whether TimescaleDB is one.
GRANT pg_read_all_settings TO login_owner WITH INHERIT TRUE;

GRANT telehealth_web, telehealth_door, telehealth_intake TO login_api WITH INHERIT FALSE, SET TRUE;
GRANT telehealth_checker TO login_checker WITH INHERIT FALSE, SET TRUE;
GRANT telehealth_notifier TO login_notifier WITH INHERIT FALSE, SET TRUE;
-- The operator's commands take the role whose work they do; what the owner may do is not made more by it.
GRANT telehealth_web, telehealth_door, telehealth_intake, telehealth_checker, telehealth_notifier
    TO login_owner WITH INHERIT FALSE, SET TRUE;

ALTER DATABASE :"DBNAME" OWNER TO login_owner;
REVOKE CONNECT ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO login_api, login_checker, login_notifier;

-- The whole database, in reading order. This page is the table of contents: every line
-- is one file, and path = address: sql/<schema>/<kind>/<object>.sql.
--
-- It builds the state from zero:  psql -v ON_ERROR_STOP=1 -f sql/schema.sql
-- An existing database gets there by migrations/; `make verify` proves that both agree.

-- Roles, who may become whom, and the schemas.
\ir roles.sql
\ir schemas.sql

set role todo_owner;

-- Small tools that tables lean on: ids, names, zones, manual order.
\ir app/functions/uuid_v7.sql
\ir app/functions/fold_name.sql
\ir app/functions/is_time_zone.sql
\ir app/functions/position_now.sql
\ir app/functions/position_between.sql
\ir app/functions/is_task_transition.sql

-- Identity: a signed token that SQL cannot forge.
\ir app_private/tables/signing_keys.sql
\ir app_private/tables/trusted_jwt_logins.sql
\ir app_private/functions/read_token.sql
\ir app_private/functions/read_claims.sql
\ir app_private/functions/require_scope.sql
\ir app_private/functions/decoy_hash.sql
\ir app/functions/space_number.sql
\ir app/functions/search_words.sql
\ir app/functions/search_vector.sql
\ir app/functions/current_user_id.sql
\ir app/functions/current_space_mask.sql
\ir app/functions/authenticate.sql
\ir app/functions/pin_settings.sql
\ir app_private/functions/bump_version.sql
\ir app_private/functions/date_deletion.sql

-- What rows imply, kept by triggers: locks, counts, trees. Owned by todo_integrity.
set role todo_integrity;
\ir app_integrity/functions/lock_space.sql
\ir app_integrity/functions/lock_before_write.sql
\ir app_integrity/functions/open_space.sql
\ir app_integrity/functions/begin_counts.sql
\ir app_integrity/functions/check_project_is_live.sql
\ir app_integrity/functions/check_place.sql
\ir app_integrity/functions/count_tasks.sql
\ir app_integrity/functions/recount_task.sql
\ir app_integrity/functions/check_moved_task.sql
\ir app_integrity/functions/check_emptied_project.sql
set role todo_owner;

-- People.
\ir app_data/tables/users.sql
\ir app_data/triggers/users.sql
\ir app_data/access/users.sql
\ir app/views/users.sql
\ir app_data/tables/spaces.sql
\ir app_data/access/spaces.sql
\ir app/views/spaces.sql
\ir app_data/tables/user_preferences.sql
\ir app_data/triggers/user_preferences.sql
\ir app_data/access/user_preferences.sql
\ir app/views/user_preferences.sql

-- Work: projects, the tasks in them, and tags across them.
\ir app_data/tables/projects.sql
\ir app_data/access/projects.sql
\ir app/views/projects.sql
\ir app_data/tables/tasks.sql
\ir app_data/tables/task_counts.sql
\ir app_data/access/task_counts.sql
\ir app/views/task_counts.sql
\ir app_private/functions/follow_task_status.sql
\ir app_private/functions/refuse_live_deletion.sql
\ir app_data/triggers/projects.sql
\ir app_data/triggers/tasks.sql
\ir app_data/access/tasks.sql
\ir app/views/tasks.sql
\ir app_data/tables/tags.sql
\ir app_data/triggers/tags.sql
\ir app_data/access/tags.sql
\ir app/views/tags.sql
\ir app_data/tables/task_tags.sql
\ir app_data/access/task_tags.sql
\ir app/views/task_tags.sql
\ir app_private/views/miscounts.sql

-- What one statement cannot say: acts on a whole subtree or project.
\ir app/functions/delete_task.sql
\ir app/functions/restore_task.sql
\ir app/functions/move_task.sql
\ir app/functions/delete_project.sql
\ir app/functions/restore_project.sql

-- Search: the one function that reads across spaces, by a role that may do no more.
grant create on schema app to todo_searcher;
set role todo_searcher;
\ir app/functions/search_tasks.sql
set role todo_owner;
revoke create on schema app from todo_searcher;

-- Work that is asked for twice is done once.
\ir app_data/tables/commands.sql
\ir app_data/access/commands.sql
\ir app/views/commands.sql

-- Signing up and logging in: the only functions that read other people's rows.
reset role;
set role todo_registrar;
\ir app_auth/tables/sign_ups.sql
\ir app_auth/access/sign_ups.sql
\ir app_auth/tables/password_resets.sql
\ir app_auth/access/password_resets.sql
\ir app_auth/tables/login_attempts.sql
\ir app_auth/access/login_attempts.sql
\ir app_auth/tables/sessions.sql
\ir app_auth/access/sessions.sql
\ir app_auth/tables/refresh_tokens.sql
\ir app_auth/access/refresh_tokens.sql
\ir app_auth/functions/is_admitted.sql
\ir app_auth/functions/email_hash.sql
\ir app_auth/functions/sign_up.sql
\ir app_auth/functions/find_sign_up.sql
\ir app_auth/functions/verify_email.sql
\ir app_auth/functions/find_login.sql
\ir app_auth/functions/log_in.sql
\ir app_auth/functions/rotate_refresh_token.sql
\ir app_auth/functions/log_out.sql
\ir app_auth/functions/request_reset.sql
\ir app_auth/functions/reset_password.sql
reset role;

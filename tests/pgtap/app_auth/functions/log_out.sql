-- A log-in ends with its whole family.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.rotate(p_old text, p_new text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('rotate_refresh_token', encode(sha256(p_old::bytea), 'hex'));
    return app_auth.rotate_refresh_token(sha256(p_old::bytea), sha256(p_new::bytea));
end
$$;
select is(pg_temp.rotate('a', 'a1'), alice(), 'Alice is logged in');
select act_for('log_out', encode(sha256('a1'), 'hex'));
select lives_ok($$ select app_auth.log_out(sha256('a1')) $$, 'Alice logs out');
select is(pg_temp.rotate('a1', 'a2'), null, 'the token is worth nothing');
select act_for('log_out', encode(sha256('zzz'), 'hex'));
select lives_ok($$ select app_auth.log_out(sha256('zzz')) $$, 'an unknown one is no error');
select is(pg_temp.rotate('b', 'b1'), bob(), 'Bob stays logged in');
select act_for('log_out', encode(sha256('b'), 'hex'));
select lives_ok($$ select app_auth.log_out(sha256('b')) $$, 'by a token that was used before');
select is(pg_temp.rotate('b1', 'b2'), null, 'the log-in ends as well');

select * from finish();
rollback;

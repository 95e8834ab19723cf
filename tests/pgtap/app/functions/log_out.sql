-- A log-in ends with its whole family.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select act_for('refresh', encode(sha256('a'), 'hex'));
select app.refresh(sha256('a'), sha256('a1'));
select act_for('log_out', encode(sha256('a1'), 'hex'));
select lives_ok($$ select app.log_out(sha256('a1')) $$, 'Alice logs out');
select act_for('refresh', encode(sha256('a1'), 'hex'));
select is(app.refresh(sha256('a1'), sha256('a2')), null, 'the token is worth nothing');
select act_for('log_out', encode(sha256('zzz'), 'hex'));
select lives_ok($$ select app.log_out(sha256('zzz')) $$, 'an unknown one is no error');
select act_for('refresh', encode(sha256('b'), 'hex'));
select is(app.refresh(sha256('b'), sha256('b1')), bob(), 'Bob stays logged in');

select * from finish();
rollback;

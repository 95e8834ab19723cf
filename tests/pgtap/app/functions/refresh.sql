-- A refresh token is good once; a copied one ends the log-in.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.refresh(p_old text, p_new text) returns uuid language plpgsql as $$
begin
    perform tests.act_for('refresh', encode(sha256(p_old::bytea), 'hex'));
    return app.refresh(sha256(p_old::bytea), sha256(p_new::bytea));
end
$$;
select is(pg_temp.refresh('a', 'a1'), alice(), 'Alice''s device goes on');
select is(pg_temp.refresh('a1', 'a2'), alice(), 'and on');
select is(pg_temp.refresh('a1', 'a3'), null, 'the same one twice at once gets nothing');
select is(pg_temp.refresh('a2', 'a4'), alice(), 'and ends nothing');
select act_as_superuser();
update app.auth_tokens set used_at = now() - interval '1 minute' where token_hash = sha256('a1');
select is(pg_temp.refresh('a1', 'thief'), null, 'a minute later it is a copy');
select is(pg_temp.refresh('a4', 'a5'), null, 'and the whole family has ended');
select is(pg_temp.refresh('b', 'b1'), bob(), 'but not Bob''s');
select is(pg_temp.refresh('unknown', 'x'), null, 'an unknown one is nothing');
select act_as_superuser();
update app.users set is_active = false where id = bob();
select is(pg_temp.refresh('b1', 'b2'), null, 'nor is one of a closed account');

select * from finish();
rollback;

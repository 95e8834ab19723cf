-- Who is asking: only a token signed by the backend says so, and anything else is nobody.
-- That app.authenticate refuses the same ones is tested here, too: one list for both.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.asks_with(p_token text) returns text language plpgsql as $$
declare
    v_user_id uuid;
begin
    perform set_config('app.token', p_token, true);
    v_user_id := app.current_user_id();
    begin
        return app.authenticate() || case when v_user_id is null then ' in one' else '' end;
    exception when others then
        return sqlstate || ' ' || sqlerrm || coalesce(' but ' || v_user_id, '');
    end;
exception when others then
    return 'raised: ' || sqlstate || ' ' || sqlerrm;
end
$$;
create temporary table refused (what text, answer text);

-- A character of the token, replaced by another one.
create function pg_temp.bent(p_token text, p_at integer) returns text language sql
return overlay(
    p_token placing case substr(p_token, p_at, 1) when '0' then '1' else '0' end
    from p_at for 1
);

select act_as(alice());
select is(app.current_user_id(), alice(), 'a good token says who');
select is(
    (select count(*) from app.tasks), 4::bigint, 'and opens the own rows'
);
select act_as(null);
select is(app.current_user_id(), null, 'no token is nobody');
select is((select count(*) from app.tasks), 0::bigint, 'and nobody sees nothing');

select act_as_superuser();
insert into refused
select 'byte ' || i || ' changed', pg_temp.asks_with(pg_temp.bent(token('user', alice()), i))
from generate_series(1, length(token('user', alice()))) as i;
insert into refused values
('empty body', pg_temp.asks_with('v1.......')),
('cut by one', pg_temp.asks_with(left(token('user', alice()), -1))),
('one byte more', pg_temp.asks_with(token('user', alice()) || '0')),
('a line end', pg_temp.asks_with(token('user', alice()) || E'\n')),
('over-long', pg_temp.asks_with(repeat('a', 100000))),
('upper case', pg_temp.asks_with(upper(token('user', alice())))),
('non-ASCII', pg_temp.asks_with(replace(token('user', alice()), '.', '．'))),
('full-width digits', pg_temp.asks_with(translate(token('user', alice()), '0', '０'))),
('a control character', pg_temp.asks_with(E'\x01' || token('user', alice()))),
('expired', pg_temp.asks_with(token('user', alice(), null, '-300 s', '-1 s'))),
('not yet valid', pg_temp.asks_with(token('user', alice(), null, '10 s', '300 s'))),
('too long a life', pg_temp.asks_with(token('user', alice(), null, '-60 s', '900 s'))),
('for another role', pg_temp.asks_with(token('auth', alice()))),
('for a role unknown', pg_temp.asks_with(token('owner', alice()))),
('another version', pg_temp.asks_with('v2' || substr(token('user', alice()), 3))),
('a number too large', pg_temp.asks_with(
    regexp_replace(token('user', alice()), '^v1\.1', 'v1.99999'))),
('a key id of letters', pg_temp.asks_with(
    regexp_replace(token('user', alice()), '^v1\.1', 'v1.x'))),
('a key id with a sign', pg_temp.asks_with(
    regexp_replace(token('user', alice()), '^v1\.1', 'v1.+1'))),
('another version, signed', pg_temp.asks_with(
    sign('v2' || left(substr(token('user', alice()), 3), -65)))),
('a part more, signed', pg_temp.asks_with(
    sign(left(token('user', alice()), -65) || '.x'))),
('a plain uuid', pg_temp.asks_with(alice()::text)),
('sql', pg_temp.asks_with(''' or 1=1 --'));
select is_empty(
    $$
    select * from refused
    where answer <> '28000 the token of this request is not valid'
    $$,
    'every bent, cut, stale or foreign token is nobody, and refused with the same words'
);
select cmp_ok((select count(*) from refused), '>', 185::bigint, 'each byte was tried');
drop table refused;

-- Two keys during a rotation; a retired one stops at once.
insert into app_private.signing_keys (key_id, inner_pad, outer_pad)
select 2, sha256('i') || sha256('j'), sha256('o') || sha256('p');
select is(
    pg_temp.asks_with(token('user', alice(), p_key_id => 2::smallint)), alice()::text,
    'a second key is taken beside the first'
);
select is(
    pg_temp.asks_with(token('user', alice())), alice()::text, 'while the first still is'
);
update app_private.signing_keys set retired_at = statement_timestamp() where key_id = 1;
select matches(
    pg_temp.asks_with(token('user', alice())), '^28000', 'a retired key stops at once'
);
update app_private.signing_keys set retired_at = null where key_id = 1;

-- Injected SQL may set anything, but cannot sign.
select act_as(alice());
select is_empty(
    format(
        $$
        with forged as materialized (
            select set_config('app.user_id', %1$L, true),
                set_config('request.jwt.claims', '{"sub": "%1$s"}', true)
        )
        select t.* from forged cross join app.tasks as t where t.user_id = %1$L
        $$, bob()
    ),
    'an identity in a plain setting opens nothing'
);
select is_empty(
    format($$ select * from app.tasks where user_id = %L $$, bob()),
    'nor in the next statement'
);
select act_as(alice());
select is_empty(
    format(
        $$
        select * from app.tasks
        where user_id = %2$L and set_config(
            'app.token', replace(current_setting('app.token'), %1$L, %2$L), true
        ) is not null
        $$,
        alice(), bob()
    ),
    'a token rewritten in the middle of a statement opens nothing in it'
);
select set_config(
    'app.token', replace(current_setting('app.token'), alice()::text, bob()::text), true
);
select is_empty('select * from app.tasks', 'nor in the next one');
select throws_ok('select app.authenticate()', '28000', null, 'and is refused when asked for');

-- A statement that was prepared by one person runs as the next one.
select act_as(alice());
prepare mine as select count(*) filter (where user_id <> app.current_user_id()), min(user_id::text)
from app.tasks;
select results_eq('execute mine', format('values (0::bigint, %L)', alice()));
select act_as(bob());
select results_eq('execute mine', format('values (0::bigint, %L)', bob()),
    'a prepared statement asks again who is asking');
set local plan_cache_mode = force_generic_plan;
select results_eq('execute mine', format('values (0::bigint, %L)', bob()),
    'with a generic plan, too');
select act_as(alice());
select results_eq('execute mine', format('values (0::bigint, %L)', alice()),
    'and back');

-- The key is nowhere that a role of the backend can read.
select act_as(alice());
select throws_ok('select * from app_private.signing_keys', '42501', null, 'the keys are closed');
select is_empty(
    $$ select 1 from pg_proc where prosrc ~ 'a7a7a7a7' $$, 'no function holds the key'
);
select is_empty(
    $$ select 1 from pg_settings where setting ~ 'a7a7a7a7|3636363636' $$,
    'no setting holds it'
);
select function_privs_are('app', 'current_user_id', '{}'::text[], 'todo_user', array['EXECUTE']);
select volatility_is(
    'app', 'current_user_id', '{}'::text[], 'stable', 'a cached plan asks again'
);

-- One rule for both ways of showing who one is: a token and claims.
select act_as_superuser();
insert into app_private.trusted_jwt_logins (login, note) values ('todo_app', 'test');
select act_as(bob());
select set_config('request.jwt.claims', format('{"sub": "%s"}', alice()), true);
select is(app.current_user_id(), bob(), 'where there is a token, claims do not count');
select set_config('app.token', 'v1.', true);
select is(app.current_user_id(), null, 'not even where it is not valid');
select act_as(null);
select is(app.current_user_id(), alice(), 'without one they do, for a listed login');
select act_as_superuser();
update app.users set is_active = false where id = alice();
select act_as(null);
select is(app.current_user_id(), null, 'a deactivated person is nobody by claims, too');
select act_as_superuser();
update app_data.users set is_active = true, tokens_valid_since = now() where id = alice();
select act_as(null);
select is(app.current_user_id(), null, 'claims without a date are older than any');
select set_config('request.jwt.claims', format(
    '{"sub": "%s", "iat": %s}', alice(), floor(extract(epoch from now())) - 1), true);
select is(app.current_user_id(), null, 'and so are those from before');
select set_config('request.jwt.claims', format(
    '{"sub": "%s", "iat": %s}', alice(), floor(extract(epoch from now()))), true);
select is(app.current_user_id(), alice(), 'those from then on count');

select * from finish();
rollback;

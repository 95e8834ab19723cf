-- Claims in a setting count for listed logins only, and what is no good is nobody.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

create function pg_temp.asks_with(p_claims text) returns text language plpgsql as $$
declare
    v_user_id uuid;
begin
    perform set_config('request.jwt.claims', p_claims, true);
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
select act_as(null);
select matches(
    pg_temp.asks_with(format('{"sub": "%s"}', alice())), '^28000',
    'claims of a login that is not listed mean nothing'
);
select is((select count(*) from app.tasks), 0::bigint, 'and open nothing');
select act_as_superuser();
insert into app_private.trusted_jwt_logins (login, note) values ('somebody_else', 'test');
select act_as(null);
select matches(
    pg_temp.asks_with(format('{"sub": "%s"}', alice())), '^28000',
    'nor where another login is listed'
);

select act_as_superuser();
insert into app_private.trusted_jwt_logins (login, note) values ('todo_app', 'test');
create temporary table claims (text text);
insert into claims values
(''), ('{'), ('{bad'), ('[1]'), ('"x"'), ('{}'), ('null'), ('1'), ('true'),
('{"role": "todo_user"}'), ('{"sub": null}'), ('{"sub": 1}'), ('{"sub": {}}'),
('{"sub": "' || bob() || 'x"}'), ('{"sub": "x' || bob() || '"}'),
('{"sub": "' || bob() || '\n"}'), ('{"sub": "{' || bob() || '}"}'),
('{"sub": "' || replace(bob()::text, '-', '') || '"}'),
('["' || bob() || '"]'), ('"' || bob() || '"'), (bob()::text),
('{"a": {"sub": "' || bob() || '"}}'),
('{"sub": "\u0000"}'), (repeat('[', 16000)), (repeat('{"a":', 3000)),
('{"sub": "' || bob() || '", "a": "' || repeat('x', 17000) || '"}');
select act_as(null);
select is(pg_temp.asks_with(format('{"sub": "%s"}', alice())), alice()::text, 'those of a listed login do');
select is((select count(*) from app.tasks), 4::bigint, 'and open the own rows');
select is(
    pg_temp.asks_with(format('{"sub": "%s", "iat": "x"}', alice())), alice()::text,
    'a date that is no number is none'
);
select is(
    pg_temp.asks_with(format('{"sub": "%s", "iat": 1e400}', alice())), alice()::text,
    'a date beyond all dates is none'
);
select act_as_superuser();
grant select on claims to public;
select act_as(null);
select is_empty(
    $$
    select text, pg_temp.asks_with(text) from claims
    where pg_temp.asks_with(text) <> '28000 the token of this request is not valid'
    $$,
    'what names nobody is nobody, and refused in the same words'
);

select * from finish();
rollback;

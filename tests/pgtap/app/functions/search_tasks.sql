-- A search finds what the person has, all of it, newest first, and nothing of others.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

-- A space that grew over years, with a word in every task and one in a few.
insert into app_data.tasks (user_id, id, project_id, title)
select
    u.id,
    (lpad(to_hex(1600000000000 + n * 97000000::bigint), 12, '0') || '7000800000000000' || lpad(to_hex(n), 4, '0'))::uuid,
    u.id,
    'Errand ' || n || case when n % 97 = 0 then ' Quokka' else '' end
from generate_series(1, 2000) as n
cross join (values (alice()), (bob())) as u (id);
update app_data.tasks set deleted_at = now()
where user_id = alice() and title = 'Errand 1940 Quokka';

-- What it should give, by reading everything.
create function pg_temp.by_reading(p_user_id uuid, p_word text, p_before uuid)
returns setof uuid language sql as $$
    select t.id from app_data.tasks as t
    where t.user_id = p_user_id and t.deleted_at is null
    and ' ' || app.search_words(t.title) || ' ' like '% ' || p_word || ' %'
    and (p_before is null or t.id < p_before)
    order by t.id desc limit 20
$$;
create temporary table expected on commit drop as
select word, before, array(select pg_temp.by_reading(alice(), word, before)) as ids
from unnest(array['errand', 'quokka', '7', '1999', 'xyzzy', 'buy']) as word
cross join (
    select null::uuid as before
    union all
    (
        select t.id from app_data.tasks as t
        where t.user_id = alice() order by t.id desc offset 600 limit 1
    )
    union all select '00000000-0000-0000-0000-000000000001'
    union all select 'ffffffff-ffff-ffff-ffff-ffffffffffff'
) as b;
grant select on expected to todo_user;

select act_as(alice());
select is_empty(
    $$
    select word, before from expected
    where ids <> array(select s.id from app.search_tasks(word, 20, before) as s)
    $$,
    'each search gives what reading everything gives, in its order, from any page on'
);
select results_eq(
    $$
    select count(*), count(t.id) from app.search_tasks('quokka', 200) as s
    left join app.tasks as t on s.id = t.id
    $$,
    'values (19::bigint, 19::bigint)', 'every task of a word, without the trash, without Bob''s'
);
select results_eq(
    $$ select title from app.search_tasks('QUOKKA errand 970') $$,
    array['Errand 970 Quokka'], 'all words, in any order and case'
);
select is_empty($$ select 1 from app.search_tasks('quok') $$, 'a part of a word is another word');
select is_empty(
    $$ select 1 from unnest(array[
        '', ' ', E'\'', '\', '''a'' | ''b''', '!xyzzy', 'errand:*x', null, '(((', ':*', E'\u0001'
    ]) as q cross join lateral app.search_tasks(q) $$,
    'nothing in a query is an operator, and nothing raises'
);
select is((select count(*) from app.search_tasks('errand', 0)), 0::bigint, 'none is none');
select is((select count(*) from app.search_tasks('errand', -1)), 0::bigint, 'less is none');
select is((select count(*) from app.search_tasks('errand', 1000000)), 200::bigint, 'two hundred at most');
select lives_ok(
    $$ set local row_security = off; select app.search_tasks('errand') $$,
    'a setting of the caller''s does not make it raise'
);
set local row_security = on;

-- As a page of today: a task is found as soon as it is there.
insert into app.tasks (user_id, project_id, title) values (alice(), alice(), 'A new wombat');
select is((select count(*) from app.search_tasks('wombat')), 1::bigint, 'a new task is found');
update app.tasks set title = 'A new numbat' where title = 'A new wombat';
select is((select count(*) from app.search_tasks('wombat')), 0::bigint, 'by its old title no more');
select is((select count(*) from app.search_tasks('numbat')), 1::bigint, 'but by its new one');

select act_as(bob());
select is((select count(*) from app.search_tasks('numbat')), 0::bigint, 'Bob finds nothing of Alice''s');
select act_as(null);
select is((select count(*) from app.search_tasks('errand')), 0::bigint, 'nobody finds nothing');
select act_for('find_login', 'x');
select throws_ok($$ select app.search_tasks('errand') $$, '42501', null, 'todo_auth may not ask');

select * from finish();
rollback;

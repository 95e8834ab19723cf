-- Every pair of states, said once more.

begin;
set local search_path = tap, tests, pg_catalog;
select no_plan();

select results_eq(
    $$
    select f || ' > ' || t
    from unnest(array['todo', 'in_progress', 'review', 'blocked', 'done']) with ordinality as a (f, i)
    cross join unnest(array['todo', 'in_progress', 'review', 'blocked', 'done']) with ordinality as b (t, j)
    where app.is_task_transition(f, t) order by i, j
    $$,
    array[
        'todo > in_progress', 'todo > review', 'todo > blocked', 'todo > done',
        'in_progress > todo', 'in_progress > review', 'in_progress > blocked', 'in_progress > done',
        'review > todo', 'review > in_progress', 'review > blocked', 'review > done',
        'blocked > todo', 'blocked > in_progress',
        'done > todo', 'done > in_progress'
    ],
    'these steps are allowed and no others'
);
select is(app.is_task_transition('todo', 'nonsense'), false, 'an unknown state is no step');

select * from finish();
rollback;

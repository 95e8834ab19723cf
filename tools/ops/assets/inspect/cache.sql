-- How many reads of tables and indexes the server's own cache answered. Below 99 % of a
-- busy database, memory is short or something reads whole tables.
--
-- section: Cache

select
    k.kind as object,
    k.hit,
    k.read,
    round(100.0 * k.hit / nullif(k.hit + k.read, 0), 2) as percent,
    case
        when k.hit + k.read < 100000 then 'ok'
        when k.hit < 0.90 * (k.hit + k.read) then 'act'
        when k.hit < 0.99 * (k.hit + k.read) then 'look'
        else 'ok'
    end as verdict,
    'the share that needed no read from disk' as says,
    'alter system set shared_buffers = ''…''; -- a quarter of the memory, then restart'
    as mend
from (
    select
        'tables' as kind,
        coalesce(sum(heap_blks_hit), 0)::bigint as hit,
        coalesce(sum(heap_blks_read), 0)::bigint as read
    from pg_statio_user_tables
    union all
    select
        'indexes',
        coalesce(sum(idx_blks_hit), 0)::bigint,
        coalesce(sum(idx_blks_read), 0)::bigint
    from pg_statio_user_indexes
    union all
    select
        'TOAST',
        coalesce(sum(toast_blks_hit + tidx_blks_hit), 0)::bigint,
        coalesce(sum(toast_blks_read + tidx_blks_read), 0)::bigint
    from pg_statio_user_tables
) as k

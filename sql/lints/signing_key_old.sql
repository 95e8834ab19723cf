-- A signing key is in use for a year at most.
--
-- severity: note
-- about: server
-- fault: -

select
    'Whoever copied it once is everybody.' as why,
    'python -m tools.credentials --rotate' as mend,
    pg_catalog.format('signing key %s', k.key_id) as object,
    pg_catalog.format('in use since %s', k.created_at::date) as what
from app_private.signing_keys as k
where k.retired_at is null and k.created_at < pg_catalog.now() - interval '1 year';

-- There is a signing key in use.
--
-- severity: stop
-- about: server
-- fault: -

select
    'app_private.signing_keys' as object,
    'no key is in use' as what,
    'Nobody gets in.' as why,
    'make credentials' as mend
where
    not exists (
        select from app_private.signing_keys as k
        where k.retired_at is null or k.retired_at > pg_catalog.now()
    );

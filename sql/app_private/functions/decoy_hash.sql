-- An unknown address gets a password hash as well: one that no password matches, that
-- costs the same to verify, and that stays the same from one request to the next.
--
-- SECURITY DEFINER: derives it from a signing key, which nobody is granted.

create function app_private.decoy_hash(p_email text)
returns text
language sql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
begin atomic
    with
    digest as (
        select
            k.outer_pad,
            sha256(k.inner_pad || convert_to('decoy:' || lower(p_email), 'UTF8'))
                as salt
        from app_private.signing_keys as k
        order by k.key_id
        limit 1
    )

    select
        '$argon2id$v=19$m=65536,t=3,p=4$'
        || rtrim(encode(substr(d.salt, 1, 16), 'base64'), '=') || '$'
        || rtrim(encode(sha256(d.outer_pad || d.salt), 'base64'), '=')
    from digest as d;
end;

comment on function app_private.decoy_hash(text) is
'A stable Argon2id hash that no password matches, for an address that nobody logs in with.';
grant execute on function app_private.decoy_hash(text) to todo_registrar;

-- The keys that tell a token of the backend from a forged one.
--
-- Written by the operator (`make credentials`), read by app_private.read_token alone.
-- Nobody is granted anything here: a setting or a function's source could be read by
-- every role, a table without grants cannot. A key is kept as the two padded blocks of
-- HMAC (RFC 2104), so that verifying costs two plain sha256() and needs no extension.

create table app_private.signing_keys (
    key_id smallint not null,
    inner_pad bytea not null,
    outer_pad bytea not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    constraint signing_keys_pkey primary key (key_id),
    constraint signing_keys_key_id_is_positive check (key_id > 0),
    constraint signing_keys_pads_are_one_block check (
        octet_length(inner_pad) = 64 and octet_length(outer_pad) = 64
    )
);

comment on table app_private.signing_keys is
'Keys that sign the tokens of the backend. Two may be in use at once while one replaces the other.';
comment on column app_private.signing_keys.key_id is
'Number of the key, carried by every token that it signed.';
comment on column app_private.signing_keys.inner_pad is
'The key, filled to 64 bytes, each xor 0x36 (RFC 2104).';
comment on column app_private.signing_keys.outer_pad is
'The key, filled to 64 bytes, each xor 0x5c (RFC 2104).';
comment on column app_private.signing_keys.created_at is
'When the key was put here.';
comment on column app_private.signing_keys.retired_at is
'From this moment on no token of this key is taken; null while the key is in use.';

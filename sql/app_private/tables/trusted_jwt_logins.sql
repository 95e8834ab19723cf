-- Logins whose `request.jwt.claims` count as an identity.
--
-- PostgREST and Neon's Data API check a JWT themselves and set the claims on a
-- connection where nobody else can run SQL text. Only for such a login does an
-- unsigned setting mean anything; the table is empty until an operator lists one. On
-- PostgreSQL 15 and 16 give such a login max_parallel_workers_per_gather = 0: reading
-- the claims catches a bad JSON text, which these versions cannot do inside a parallel
-- plan.

create table app_private.trusted_jwt_logins (
    login name not null,
    note text not null,
    constraint claim_logins_pkey primary key (login)
);

comment on table app_private.trusted_jwt_logins is
'Logins that verify a JWT themselves, so that their request.jwt.claims are believed.';
comment on column app_private.trusted_jwt_logins.login is
'The session_user of that software.';
comment on column app_private.trusted_jwt_logins.note is
'What it is, and who decided that its claims may be believed.';

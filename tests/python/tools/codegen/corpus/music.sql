-- A shop that sells music: every name is quoted and CamelCase, keys and references too.

create schema app;

-- What create_all makes.

create table app."Artist" (
    "ArtistId" integer constraint "PK_Artist" primary key,
    "Name" varchar(120)
);
create table app."Album" (
    "AlbumId" integer constraint "PK_Album" primary key,
    "Title" varchar(160) not null,
    "ArtistId" integer not null
);
create table app."Employee" (
    "EmployeeId" integer constraint "PK_Employee" primary key,
    "LastName" varchar(20) not null,
    "Title" varchar(30),
    "ReportsTo" integer,
    "BirthDate" timestamp,
    "HireDate" timestamp,
    "Email" varchar(60)
);
create table app."Customer" (
    "CustomerId" integer constraint "PK_Customer" primary key,
    "FirstName" varchar(40) not null,
    "Company" varchar(80),
    "Email" varchar(60) not null,
    "SupportRepId" integer
);
create table app."Genre" (
    "GenreId" integer constraint "PK_Genre" primary key,
    "Name" varchar(120)
);
create table app."MediaType" (
    "MediaTypeId" integer constraint "PK_MediaType" primary key,
    "Name" varchar(120)
);
create table app."Track" (
    "TrackId" integer constraint "PK_Track" primary key,
    "Name" varchar(200) not null,
    "AlbumId" integer,
    "MediaTypeId" integer not null,
    "GenreId" integer,
    "Milliseconds" integer not null,
    "Bytes" integer,
    "UnitPrice" numeric(10, 2) not null
);
create table app."Playlist" (
    "PlaylistId" integer constraint "PK_Playlist" primary key,
    "Name" varchar(120)
);
create table app."PlaylistTrack" (
    "PlaylistId" integer not null,
    "TrackId" integer not null,
    constraint "PK_PlaylistTrack" primary key ("PlaylistId", "TrackId")
);
create table app."Invoice" (
    "InvoiceId" integer constraint "PK_Invoice" primary key,
    "CustomerId" integer not null,
    "InvoiceDate" timestamp not null,
    "BillingCountry" varchar(40),
    "Total" numeric(10, 2) not null,
    constraint "CK_Total" check ("Total" >= 0 and "InvoiceDate" >= '2000-01-01')
);
create table app."InvoiceLine" (
    "InvoiceLineId" integer constraint "PK_InvoiceLine" primary key,
    "InvoiceId" integer not null,
    "TrackId" integer not null,
    "UnitPrice" numeric(10, 2) not null,
    "Quantity" integer not null check ("Quantity" > 0)
);

alter table app."Album" add constraint "FK_AlbumArtistId"
foreign key ("ArtistId") references app."Artist" ("ArtistId");
alter table app."Customer" add constraint "FK_CustomerSupportRepId"
foreign key ("SupportRepId") references app."Employee" ("EmployeeId");
alter table app."Employee" add constraint "FK_EmployeeReportsTo"
foreign key ("ReportsTo") references app."Employee" ("EmployeeId");
alter table app."Track" add constraint "FK_TrackAlbumId"
foreign key ("AlbumId") references app."Album" ("AlbumId"),
add constraint "FK_TrackGenreId"
foreign key ("GenreId") references app."Genre" ("GenreId"),
add constraint "FK_TrackMediaTypeId"
foreign key ("MediaTypeId") references app."MediaType" ("MediaTypeId");
alter table app."PlaylistTrack" add constraint "FK_PlaylistTrackPlaylistId"
foreign key ("PlaylistId") references app."Playlist" ("PlaylistId"),
add constraint "FK_PlaylistTrackTrackId"
foreign key ("TrackId") references app."Track" ("TrackId");
alter table app."Invoice" add constraint "FK_InvoiceCustomerId"
foreign key ("CustomerId") references app."Customer" ("CustomerId");
alter table app."InvoiceLine" add constraint "FK_InvoiceLineInvoiceId"
foreign key ("InvoiceId") references app."Invoice" ("InvoiceId"),
add constraint "FK_InvoiceLineTrackId"
foreign key ("TrackId") references app."Track" ("TrackId");
create index "IFK_AlbumArtistId" on app."Album" ("ArtistId");
create index "IFK_TrackGenreId" on app."Track" ("GenreId" desc);

create view app."TrackList" as
select t."TrackId", t."Name", a."Title" as "Album", g."Name" as "Genre"
from app."Track" as t
left join app."Album" as a on a."AlbumId" = t."AlbumId"
left join app."Genre" as g on g."GenreId" = t."GenreId";
create function app."TracksOf"("AlbumId" integer) returns setof app."Track"
language sql stable as 'select * from app."Track" as t where t."AlbumId" = $1';

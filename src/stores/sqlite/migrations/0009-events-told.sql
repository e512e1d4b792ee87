-- Events are told: in lists by kind, as they were then, and to endpoints.

alter table event add column request_id text;
alter table event add column request_key text;
create index event_by_kind on event (merchant, kind, id);

-- What changes overwrote: a row's values as a JSON list, as they were until its payment came to that version.
create table past (
  merchant text not null,
  what text not null check (what in ('payment', 'attempt', 'refund', 'dispute')),
  id text not null check (length(id) = 24),
  version integer not null check (version >= 1),
  payment_id text not null,
  image text not null check (json_valid(image)),
  primary key (merchant, what, id, version),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

create trigger past_stays before update on past begin
  select raise(abort, 'what was is never changed');
end;
create trigger past_is_kept before delete on past begin
  select raise(abort, 'what was is never taken away');
end;

-- Endpoints are profiles too. SQLite cannot change a check, so the table is written anew.
create table profile_with_endpoints (
  merchant text not null,
  id text not null check (length(id) = 24),
  kind text not null check (kind in ('customer', 'instrument', 'account', 'endpoint')),
  created_at integer not null,
  updated_at integer not null,
  version integer not null check (version >= 1),
  state text not null check (state in ('active', 'spent', 'deleted')),
  owner text,
  preferred text,
  email text,
  type text,
  instrument text,
  token text,
  notes text not null,
  primary key (merchant, id),
  constraint instrument_is_told check ((kind = 'instrument') = (instrument is not null) and (kind in ('instrument', 'endpoint')) = (type is not null) and (kind = 'instrument') = (token is not null)),
  constraint customer_is_owned_by_none check (kind = 'instrument' or owner is null),
  constraint instrument_prefers_none check (kind = 'customer' or (preferred is null and email is null))
) strict;

insert into profile_with_endpoints (merchant, id, kind, created_at, updated_at, version, state, owner, preferred, email, type, instrument, token, notes)
select merchant, id, kind, created_at, updated_at, version, state, owner, preferred, email, type, instrument, token, notes from profile;

drop table profile;
alter table profile_with_endpoints rename to profile;

create index customers on profile (merchant, id) where kind = 'customer' and state = 'active';
create index customer_by_email on profile (merchant, email, id) where kind = 'customer' and state = 'active' and email is not null;
create index instrument_of_owner on profile (merchant, owner, id) where owner is not null;
create index instrument_of_owner_by_type on profile (merchant, owner, type, id) where owner is not null;
create index accounts on profile (merchant, id) where kind = 'account';
create index endpoints on profile (merchant, id) where kind = 'endpoint' and state = 'active';

create trigger profile_is_kept before delete on profile begin
  select raise(abort, 'a profile is never taken away');
end;
create trigger profile_stays_what_it_is before update of merchant, id, kind, type, instrument, token on profile
when (old.merchant, old.id, old.kind, old.type, old.instrument, old.token) is not (new.merchant, new.id, new.kind, new.type, new.instrument, new.token) begin
  select raise(abort, 'what a profile is, is never changed');
end;

-- Who is still to be told what. No account is the empty one. One id may be that of events in several books: of a charge, and of the transfer and the fee that came of it.
create table notice (
  merchant text not null,
  event_id text not null check (length(event_id) = 24),
  account text not null,
  book text not null,
  primary key (merchant, event_id, account, book)
) strict, without rowid;

create table delivery (
  merchant text not null,
  endpoint text not null,
  event_id text not null check (length(event_id) = 24),
  part integer not null check (part >= 0),
  book text not null,
  account text,
  type text not null,
  created_at integer not null,
  endpoints integer not null check (endpoints >= 1),
  state text not null check (state in ('waiting', 'delivered', 'given_up')),
  tries integer not null check (tries >= 0),
  due integer,
  primary key (merchant, endpoint, event_id, part),
  constraint whatever_waits_is_due check ((state = 'waiting') = (due is not null))
) strict, without rowid;

create index delivery_due on delivery (merchant, endpoint, due, event_id, part) where due is not null;

create table delivery_try (
  merchant text not null,
  endpoint text not null,
  event_id text not null,
  part integer not null,
  number integer not null check (number >= 1),
  at integer not null,
  took integer not null check (took >= 0),
  status integer,
  problem text check (problem is null or problem in ('timeout', 'status', 'tls', 'address', 'connection')),
  answer text not null,
  primary key (merchant, endpoint, event_id, part, number)
) strict, without rowid;

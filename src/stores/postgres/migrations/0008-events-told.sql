-- needs 0008
-- Events are told: in lists by kind, as they were then, and to endpoints. A server that does not know of it would write neither notices of what
-- happens nor images of what it overwrites, so that nobody would hear of its events and they would be shown as something else: stop it first.

alter table event
  add column request_id text collate "C",
  add column request_key text collate "C";

-- It grows at the end of each kind.
create index event_by_kind on event (merchant, kind, id);

-- What changes overwrote: a row's values as a JSON list, as they were until its payment came to that version.
create table past (
  merchant text collate "C" not null,
  what text collate "C" not null check (what in ('payment', 'attempt', 'refund', 'dispute')),
  id text collate "C" not null check (length(id) = 24),
  version bigint not null check (version >= 1),
  payment_id text collate "C" not null,
  image text collate "C" not null check (image like '[%]'),
  primary key (merchant, what, id, version)
);

create trigger past_stays before update or delete on past for each row execute function refuse_change();
create trigger past_is_kept before truncate on past for each statement execute function refuse_change();

-- Endpoints are profiles too.
alter table profile
  drop constraint profile_kind_check,
  add constraint profile_kind_check check (kind in ('customer', 'instrument', 'account', 'endpoint')) not valid,
  drop constraint instrument_is_told,
  add constraint instrument_is_told check (
    (kind = 'instrument') = (instrument is not null) and (kind in ('instrument', 'endpoint')) = (type is not null) and (kind = 'instrument') = (token is not null)
  ) not valid;

create index endpoints on profile (merchant, id) where kind = 'endpoint' and state = 'active';

-- Who is still to be told what. No account is the empty one; what happens in several books at once has one id in all of them. Rows come and go: what they leave behind is swept up early.
create table notice (
  merchant text collate "C" not null,
  event_id text collate "C" not null check (length(event_id) = 24),
  account text collate "C" not null,
  book text collate "C" not null,
  primary key (merchant, event_id, account, book)
)
with (autovacuum_vacuum_scale_factor = 0.02);

create table delivery (
  merchant text collate "C" not null,
  endpoint text collate "C" not null,
  event_id text collate "C" not null check (length(event_id) = 24),
  part bigint not null check (part >= 0),
  book text collate "C" not null,
  account text collate "C",
  type text collate "C" not null,
  created_at bigint not null,
  endpoints bigint not null check (endpoints >= 1),
  state text collate "C" not null check (state in ('waiting', 'delivered', 'given_up')),
  tries bigint not null check (tries >= 0),
  due bigint,
  primary key (merchant, endpoint, event_id, part),
  constraint whatever_waits_is_due check ((state = 'waiting') = (due is not null))
);

create index delivery_due on delivery (merchant, endpoint, due, event_id, part) where due is not null;

create table delivery_try (
  merchant text collate "C" not null,
  endpoint text collate "C" not null,
  event_id text collate "C" not null,
  part bigint not null,
  number bigint not null check (number >= 1),
  at bigint not null,
  took bigint not null check (took >= 0),
  status bigint,
  problem text collate "C" check (problem is null or problem in ('timeout', 'status', 'tls', 'address', 'connection')),
  answer text collate "C" not null,
  primary key (merchant, endpoint, event_id, part, number)
);

-- Which server tells a merchant's events, and until when no other does. It is no part of the book: a server that is gone has lost it in a moment.
create table telling_lease (
  merchant text collate "C" not null primary key,
  node text collate "C" not null,
  until bigint not null
);

create index telling_lease_of_node on telling_lease (node);

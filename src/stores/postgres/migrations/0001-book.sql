-- needs 0001
-- The book. The merchant leads every key, so that two merchants' rows can never meet and may be placed apart.
-- The checks say again what the kernel promises: even a fault in our own code cannot refund beyond what was captured.
-- Names sort by their bytes, whatever language the database was made for: pages and locks are in that order.
-- A row's payment is looked for by the batch that writes it, once for all of its rows, and by the proof of the book; a
-- foreign key would look again for each row, in the hottest place there is.

create table payment (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null check (version >= 1),
  state text collate "C" not null check (state in ('open', 'initiated', 'authorized', 'captured', 'canceled', 'failed')),
  origin text collate "C" not null check (origin in ('processed', 'recorded')),
  intent smallint not null check (intent in (0, 1)),
  currency text collate "C" not null check (length(currency) = 3),
  requested bigint not null check (requested > 0),
  authorized bigint not null check (authorized <= requested),
  captured bigint not null check (captured <= authorized),
  refunded bigint not null check (refunded >= 0),
  pending bigint not null check (pending >= 0),
  fee_taken bigint not null,
  fee_returned bigint not null check (fee_returned >= 0 and fee_returned <= fee_taken),
  dispute text collate "C" not null check (dispute in ('none', 'inquiry', 'chargeback')),
  attempts bigint not null check (attempts >= 0),
  refunds bigint not null check (refunds >= 0),
  entries bigint not null check (entries >= 0),
  journal_head text collate "C" not null,
  latest_attempt text collate "C",
  capture_entry text collate "C",
  captured_at bigint,
  reference text collate "C",
  notes text collate "C" not null,
  primary key (merchant, id),
  constraint never_beyond_captured check (refunded + pending <= captured),
  constraint captured_is_money check ((state = 'captured') = (captured > 0))
)
-- A refund changes its payment's row and no index of it: with room on its page, the new version stays there.
with (fillfactor = 80);

create index payment_intents on payment (merchant, id) where intent = 1;

create table attempt (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  payment_id text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  state text collate "C" not null check (state in ('initiated', 'authorized', 'captured', 'canceled', 'failed')),
  processed smallint not null check (processed in (0, 1)),
  instrument text collate "C" not null,
  decline text collate "C",
  notes text collate "C" not null,
  primary key (merchant, id)
);

create index attempt_of_payment on attempt (merchant, payment_id, id);
create index attempt_processed on attempt (merchant, id) where processed = 1;
create unique index attempt_captured_once on attempt (merchant, payment_id) where state = 'captured';

create table refund (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  payment_id text collate "C" not null,
  attempt_id text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  state text collate "C" not null check (state in ('pending', 'requires_action', 'succeeded', 'rejected', 'failed', 'canceled')),
  kind text collate "C" not null check (kind in ('refund', 'release')),
  channel text collate "C" not null check (channel in ('executed', 'reported')),
  instrument text collate "C" not null check (instrument in ('card', 'cash', 'external')),
  currency text collate "C" not null check (length(currency) = 3),
  amount bigint not null check (amount > 0),
  fee_returned bigint not null check (fee_returned >= 0),
  reference text collate "C",
  entry_id text collate "C",
  notes text collate "C" not null,
  primary key (merchant, id),
  constraint success_is_written check (kind = 'release' or state <> 'succeeded' or entry_id is not null)
);

create index refund_by_change on refund (merchant, updated_at, id);
create index refund_unsettled on refund (merchant, id) where state <> 'succeeded';
create index refund_without_card on refund (merchant, id) where instrument <> 'card';
create unique index refund_reported_once on refund (merchant, reference)
  where channel = 'reported' and reference is not null;

-- Postings as [[debit, credit, amount], ...]: they are read and written with their entry, and never alone.
create table journal_entry (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  payment_id text collate "C" not null,
  number bigint not null check (number >= 1),
  kind text collate "C" not null check (kind in ('capture', 'refund')),
  refund_id text collate "C" check ((kind = 'refund') = (refund_id is not null)),
  created_at bigint not null,
  currency text collate "C" not null check (length(currency) = 3),
  postings text collate "C" not null check (postings like '[[%]]'),
  hash text collate "C" not null check (length(hash) = 64),
  primary key (merchant, id)
);

-- For people with a SQL shell: one row for each posting.
create view posting as
  select e.merchant, e.payment_id, e.id as entry_id, p.line, e.kind, e.currency,
    p.posting ->> 0 as debit, p.posting ->> 1 as credit, (p.posting ->> 2)::bigint as amount
  from journal_entry e cross join lateral jsonb_array_elements(e.postings::jsonb) with ordinality as p (posting, line);

-- A refund, its entry and its event share their id: the key of this table, by payment, leads to all three.
create table event (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  kind text collate "C" not null,
  payment_id text collate "C" not null,
  version bigint not null check (version >= 1),
  attempt_id text collate "C",
  refund_id text collate "C",
  created_at bigint not null,
  snapshot text collate "C" not null,
  primary key (merchant, payment_id, id)
);

create table stored_reply (
  merchant text collate "C" not null,
  scope text collate "C" not null,
  key text collate "C" not null,
  path text collate "C" not null,
  fingerprint text collate "C" not null,
  status bigint not null,
  body text collate "C" not null,
  request_id text collate "C" not null,
  created_at bigint not null,
  hash text collate "C" not null check (length(hash) = 64),
  primary key (merchant, scope, key)
);

-- Keys are looked up before anybody's merchant is known: the one table whose key cannot begin with it.
create table api_key (
  key_hash text collate "C" not null primary key check (length(key_hash) = 64),
  merchant text collate "C" not null,
  created_at bigint not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'restrict_violation',
    message = format('%s of %s is refused: what was written there is never changed and never taken away', lower(tg_op), tg_table_name);
end
$$;

create trigger journal_entry_stays before update or delete on journal_entry for each row execute function refuse_change();
create trigger event_stays before update or delete on event for each row execute function refuse_change();
create trigger journal_entry_is_kept before truncate on journal_entry for each statement execute function refuse_change();
create trigger event_is_kept before truncate on event for each statement execute function refuse_change();

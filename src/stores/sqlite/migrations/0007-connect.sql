-- Accounts of platforms are profiles too, and payments may go through them. SQLite cannot change a check, so two tables are written anew.

create table profile_with_accounts (
  merchant text not null,
  id text not null check (length(id) = 24),
  kind text not null check (kind in ('customer', 'instrument', 'account')),
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
  constraint instrument_is_told check ((kind = 'instrument') = (instrument is not null) and (kind = 'instrument') = (type is not null) and (kind = 'instrument') = (token is not null)),
  constraint customer_is_owned_by_none check (kind = 'instrument' or owner is null),
  constraint instrument_prefers_none check (kind = 'customer' or (preferred is null and email is null))
) strict;

insert into profile_with_accounts (merchant, id, kind, created_at, updated_at, version, state, owner, preferred, email, type, instrument, token, notes)
select merchant, id, kind, created_at, updated_at, version, state, owner, preferred, email, type, instrument, token, notes from profile;

drop table profile;
alter table profile_with_accounts rename to profile;

create index customers on profile (merchant, id) where kind = 'customer' and state = 'active';
create index customer_by_email on profile (merchant, email, id) where kind = 'customer' and state = 'active' and email is not null;
create index instrument_of_owner on profile (merchant, owner, id) where owner is not null;
create index instrument_of_owner_by_type on profile (merchant, owner, type, id) where owner is not null;
create index accounts on profile (merchant, id) where kind = 'account';

create trigger profile_is_kept before delete on profile begin
  select raise(abort, 'a profile is never taken away');
end;
create trigger profile_stays_what_it_is before update of merchant, id, kind, type, instrument, token on profile
when (old.merchant, old.id, old.kind, old.type, old.instrument, old.token) is not (new.merchant, new.id, new.kind, new.type, new.instrument, new.token) begin
  select raise(abort, 'what a profile is, is never changed');
end;

-- What a platform has to do with a payment, as JSON: of most nothing, and they stand in no index for it.
alter table payment add column connect text check (connect is null or json_valid(connect));
alter table refund add column reversed integer check (reversed > 0);

-- A fee may come back without a refund. The journal is written anew for its kind.
drop view posting;
drop index entry_by_currency;

create table journal_entry_with_fees (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  number integer not null check (number >= 1),
  kind text not null check (kind in ('capture', 'refund', 'refund_failure', 'chargeback', 'chargeback_reversal', 'fee_return')),
  refund_id text check ((kind in ('refund', 'refund_failure')) = (refund_id is not null)),
  created_at integer not null,
  currency text not null check (length(currency) = 3),
  postings text not null check (json_array_length(postings) > 0),
  hash text not null check (length(hash) = 64),
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

insert into journal_entry_with_fees (merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash)
select merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash from journal_entry;

drop table journal_entry;
alter table journal_entry_with_fees rename to journal_entry;

create index entry_by_currency on journal_entry (merchant, currency, kind, id) where instr(postings, '"clearing"') > 0;

create trigger journal_entry_stays before update on journal_entry begin
  select raise(abort, 'an entry of the journal is never changed');
end;
create trigger journal_entry_is_kept before delete on journal_entry begin
  select raise(abort, 'an entry of the journal is never taken away');
end;

-- For people with a SQL shell: one row for each posting.
create view posting as
  select e.merchant, e.payment_id, e.id as entry_id, p.key + 1 as line, e.kind, e.currency,
    p.value ->> 0 as debit, p.value ->> 1 as credit, p.value ->> 2 as amount
  from journal_entry e, json_each(e.postings) p;

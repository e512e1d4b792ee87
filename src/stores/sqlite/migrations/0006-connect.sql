-- Accounts of platforms are profiles too. SQLite cannot change a check, so the table is written anew.

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

drop trigger profile_is_kept;
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

-- needs 0006
-- Accounts of platforms are profiles too. A server that does not know of them cannot read them: stop it first.

alter table profile
  drop constraint profile_kind_check,
  add constraint profile_kind_check check (kind in ('customer', 'instrument', 'account')) not valid;

create index accounts on profile (merchant, id) where kind = 'account';

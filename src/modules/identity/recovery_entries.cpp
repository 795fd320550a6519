#include "modules/identity/recovery_entries.h"

#include "modules/identity/entry.h"

namespace galen::identity {

namespace {

using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

StateKey account_key(KeyKind kind, const AccountId& account) {
  return StateKey::clinical(id_cast<PatientId>(account), kind, account);
}

}  // namespace

Bytes RecoveryEntry::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).counter(time).counter(height);
  w.bytes(ledger::encode(ledger::Operation(set)));
  return std::move(w).take();
}

Result<RecoveryEntry> RecoveryEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "recovery entry");
  read_entry_version(r);
  RecoveryEntry entry;
  entry.time = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  GALEN_TRY(entry.set, read_operation<ledger::SetRecovery>(r));
  return entry;
}

StateKey RecoveryEntry::key(const AccountId& account) {
  return account_key(KeyKind::kRecovery, account);
}

std::optional<RecoveryEntry> RecoveryEntry::load(const StateReader& state,
                                                 const AccountId& account) {
  return load_entry<RecoveryEntry>(state, key(account));
}

Bytes RecoveryRequestEntry::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).enumeration(status).counter(requested).counter(ready).counter(height);
  w.bytes(ledger::encode(ledger::Operation(request)));
  return std::move(w).take();
}

Result<RecoveryRequestEntry> RecoveryRequestEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "recovery request entry");
  read_entry_version(r);
  RecoveryRequestEntry entry;
  entry.status = r.enumeration<RecoveryStatus>([](RecoveryStatus s) {
    return s >= RecoveryStatus::kOpen && s <= RecoveryStatus::kCompleted;
  });
  entry.requested = r.counter<TimeMs>();
  entry.ready = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  GALEN_TRY(entry.request, read_operation<ledger::RequestRecovery>(r));
  return entry;
}

StateKey RecoveryRequestEntry::key(const AccountId& account) {
  return account_key(KeyKind::kRecoveryRequest, account);
}

std::optional<RecoveryRequestEntry> RecoveryRequestEntry::load(const StateReader& state,
                                                               const AccountId& account) {
  return load_entry<RecoveryRequestEntry>(state, key(account));
}

}  // namespace galen::identity

#include "modules/identity/sequence.h"

#include "modules/identity/entry.h"

namespace galen::identity {

Bytes SequenceEntry::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).u64(last);
  return std::move(w).take();
}

Result<SequenceEntry> SequenceEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "sequence entry");
  read_entry_version(r);
  const SequenceEntry entry{r.u64()};
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

ledger::StateKey SequenceEntry::key(const PatientId& subject, const AccountId& account) {
  return ledger::StateKey::clinical(subject, ledger::KeyKind::kSequence, account);
}

std::uint64_t SequenceEntry::load(const execution::StateReader& state,
                                  const PatientId& subject,
                                  const AccountId& account) {
  return load_entry<SequenceEntry>(state, key(subject, account)).value_or(SequenceEntry{}).last;
}

ledger::ResultCode check_sequence(const execution::StateReader& state,
                                  const PatientId& subject,
                                  const ledger::Authorisation& authorisation,
                                  TimeMs block_time) {
  const std::uint64_t latest = (block_time.value + kMaxSequenceLeadMs) * 1000;
  if (authorisation.sequence > latest) return ledger::ResultCode::kBadAuthorisation;
  const std::uint64_t last = SequenceEntry::load(state, subject, authorisation.account);
  return authorisation.sequence > last ? ledger::ResultCode::kOk
                                       : ledger::ResultCode::kSequenceUsed;
}

}  // namespace galen::identity

#include "modules/emergency/quota.h"

#include "modules/identity/entry.h"

#include <algorithm>

namespace galen::emergency {

using codec::Reader;
using codec::Writer;
using execution::StateReader;
using ledger::KeyKind;
using ledger::StateKey;

Bytes OrganisationEmergencies::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).boolean(journal.has_value());
  if (journal) w.raw(*journal);
  w.u32(lost_journals).u64(declared);
  return std::move(w).take();
}

Result<OrganisationEmergencies> OrganisationEmergencies::decode(BytesView bytes) {
  Reader r(bytes, "emergencies of an organisation");
  identity::read_entry_version(r);
  OrganisationEmergencies entry;
  if (r.boolean()) entry.journal = r.fixed<JournalId>();
  entry.lost_journals = r.u32();
  entry.declared = r.u64();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey OrganisationEmergencies::key(const AccountId& organisation) {
  return StateKey::main(KeyKind::kEmergencyQuota, organisation);
}

OrganisationEmergencies OrganisationEmergencies::load(const StateReader& state,
                                                      const AccountId& organisation) {
  return identity::load_entry<OrganisationEmergencies>(state, key(organisation))
      .value_or(OrganisationEmergencies{});
}

Bytes UnreviewedEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).raw(patient).raw(person).counter(declared);
  return std::move(w).take();
}

Result<UnreviewedEntry> UnreviewedEntry::decode(BytesView bytes) {
  Reader r(bytes, "emergency without review");
  identity::read_entry_version(r);
  UnreviewedEntry entry;
  entry.patient = r.fixed<PatientId>();
  entry.person = r.fixed<AccountId>();
  entry.declared = r.counter<TimeMs>();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey UnreviewedEntry::key(const AccountId& organisation, const DeclarationId& declaration) {
  return StateKey::audit(id_cast<PatientId>(organisation), KeyKind::kUnreviewed, declaration);
}

std::vector<Unreviewed> list_unreviewed(const StateReader& state, const AccountId& organisation) {
  std::vector<Unreviewed> list;
  const ledger::TreeId tree{ledger::TreeKind::kAudit, id_cast<PatientId>(organisation)};
  state.scan(tree, KeyKind::kUnreviewed, [&list](BytesView id, BytesView value) {
    auto entry = UnreviewedEntry::decode(value);
    CHECK(entry.has_value(), "an unreviewed emergency that does not decode");
    list.push_back({DeclarationId::from(id), *std::move(entry)});
    return true;
  });
  std::sort(list.begin(), list.end(), [](const Unreviewed& a, const Unreviewed& b) {
    return a.declaration < b.declaration;
  });
  return list;
}

Quota quota_of(const StateReader& state, const AccountId& organisation, TimeMs now) {
  Quota quota;
  for (const Unreviewed& waiting : list_unreviewed(state, organisation)) {
    ++(waiting.entry.is_overdue(now) ? quota.overdue : quota.open);
  }
  const std::uint32_t taken = std::min(kMaxUnreviewed, quota.overdue * (kOverdueWeight + 1));
  quota.limit = kMaxUnreviewed - taken;
  return quota;
}

}  // namespace galen::emergency

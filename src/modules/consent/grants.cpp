#include "modules/consent/grants.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "modules/identity/entry.h"

#include <string>

namespace galen::consent {

namespace {

using codec::Reader;
using codec::Writer;
using execution::StateReader;
using ledger::Effect;
using ledger::KeyKind;
using ledger::StateKey;
using policy::GrantStatus;

/// The encoding of a grant to a group or project: the group's version comes with it.
constexpr std::uint16_t kGroupVersion = 2;

void write_grantor(Writer& w, const Grantor& grantor) {
  w.enumeration(grantor.role).raw(grantor.account);
}

Grantor read_grantor(Reader& r) {
  Grantor grantor;
  grantor.role = identity::read_code<ledger::AuthorisationRole>(r);
  grantor.account = r.fixed<AccountId>();
  return grantor;
}

Bytes operation_bytes(const GrantEntry& entry) {
  return entry.effect == Effect::kPermit
             ? ledger::encode(ledger::Operation(ledger::GrantAccess{entry.terms}))
             : ledger::encode(ledger::Operation(ledger::DenyAccess{entry.terms}));
}

Status take_terms(ledger::Operation operation, GrantEntry& entry) {
  if (auto* permit = std::get_if<ledger::GrantAccess>(&operation)) {
    entry.effect = Effect::kPermit;
    entry.terms = std::move(permit->terms);
  } else if (auto* deny = std::get_if<ledger::DenyAccess>(&operation)) {
    entry.effect = Effect::kDeny;
    entry.terms = std::move(deny->terms);
  } else {
    return fail(ErrorCode::kMalformed, "grant entry: neither of a permit nor of a deny");
  }
  const bool ended = entry.status != GrantStatus::kActive;
  if (ended != entry.ended_at.has_value()) {
    return fail(ErrorCode::kMalformed, "grant entry: status and end do not agree");
  }
  if (entry.terms.max_uses.has_value() != entry.uses_left.has_value() ||
      entry.uses_left > entry.terms.max_uses) {
    return fail(ErrorCode::kMalformed, "grant entry: uses and their limit do not agree");
  }
  if (entry.terms.names_group() != entry.group_version.has_value()) {
    return fail(ErrorCode::kMalformed, "grant entry: a group and its version do not agree");
  }
  return {};
}

}  // namespace

Bytes GrantEntry::encode() const {
  Writer w;
  w.u16(group_version ? kGroupVersion : identity::kEntryVersion).enumeration(status);
  write_grantor(w, grantor);
  w.u64(sequence).raw(submitter).counter(created).counter(height);
  w.boolean(ended_at.has_value());
  if (ended_at) w.counter(*ended_at);
  w.boolean(uses_left.has_value());
  if (uses_left) w.u32(*uses_left);
  if (group_version) w.u32(*group_version);
  w.bytes(operation_bytes(*this));
  return std::move(w).take();
}

Result<GrantEntry> GrantEntry::decode(BytesView bytes) {
  Reader r(bytes, "grant entry");
  const std::uint16_t version = r.u16();
  if (!r.failed() && version != identity::kEntryVersion && version != kGroupVersion) {
    r.fail_with("entry version " + std::to_string(version) + " is not supported");
  }
  GrantEntry entry;
  entry.status = r.enumeration<GrantStatus>(
      [](GrantStatus s) { return s >= GrantStatus::kActive && s <= GrantStatus::kSuperseded; });
  entry.grantor = read_grantor(r);
  entry.sequence = r.u64();
  entry.submitter = r.fixed<AccountId>();
  entry.created = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  if (r.boolean()) entry.ended_at = r.counter<TimeMs>();
  if (r.boolean()) entry.uses_left = r.u32();
  if (version == kGroupVersion) entry.group_version = r.u32();
  const BytesView encoded = r.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(auto operation, ledger::decode_operation(encoded));
  GALEN_TRY_STATUS(take_terms(std::move(operation), entry));
  return entry;
}

StateKey GrantEntry::key(const PatientId& patient, const GrantId& grant) {
  return StateKey::clinical(patient, KeyKind::kGrant, grant);
}

std::optional<GrantEntry> GrantEntry::load(const StateReader& state,
                                           const PatientId& patient,
                                           const GrantId& grant) {
  return identity::load_entry<GrantEntry>(state, key(patient, grant));
}

GrantEntry GrantEntry::as_of(TimeMs time) const {
  GrantEntry then = *this;
  if (ended_at && time < *ended_at) {
    then.status = policy::GrantStatus::kActive;
    then.ended_at.reset();
  }
  return then;
}

policy::GrantFacts GrantEntry::facts(const GrantId& id) const {
  policy::GrantFacts facts;
  facts.id = id;
  facts.effect = effect;
  facts.terms = &terms;
  facts.status = status;
  facts.ended_at = ended_at.value_or(TimeMs{});
  facts.uses_left = uses_left;
  return facts;
}

std::optional<groups::GroupView> GrantEntry::group() const {
  if (!terms.names_group()) return std::nullopt;
  return groups::GroupView{terms.grantee.id, terms.follow ? std::nullopt : group_version};
}

Bytes RevocationEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion);
  write_grantor(w, by);
  w.enumeration(reason).counter(time).counter(height);
  return std::move(w).take();
}

Result<RevocationEntry> RevocationEntry::decode(BytesView bytes) {
  Reader r(bytes, "revocation entry");
  identity::read_entry_version(r);
  RevocationEntry entry;
  entry.by = read_grantor(r);
  entry.reason = r.enumeration<ledger::RevocationReason>(
      [](ledger::RevocationReason v) { return ledger::is_valid(v); });
  entry.time = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey RevocationEntry::key(const PatientId& patient, const GrantId& grant, const Grantor& by) {
  if (by.role == ledger::AuthorisationRole::kPatient) {
    return StateKey::clinical(patient, KeyKind::kRevocation, grant);
  }
  crypto::Hasher hasher("revocation");
  hasher.raw(grant).u8(static_cast<std::uint8_t>(by.role)).raw(by.account);
  return StateKey::clinical(patient, KeyKind::kRevocation, hasher.finish());
}

std::optional<RevocationEntry> RevocationEntry::find(const StateReader& state,
                                                     const PatientId& patient,
                                                     const GrantId& grant,
                                                     const Grantor& grantor) {
  const Grantor self{ledger::AuthorisationRole::kPatient, id_cast<AccountId>(patient)};
  auto by_patient = identity::load_entry<RevocationEntry>(state, key(patient, grant, self));
  if (by_patient) return by_patient;
  return identity::load_entry<RevocationEntry>(state, key(patient, grant, grantor));
}

GrantEntry decode_stored_grant(BytesView bytes) {
  auto entry = GrantEntry::decode(bytes);
  CHECK(entry.has_value(), "a grant entry that does not decode");
  return *std::move(entry);
}

std::map<GrantId, GrantEntry> list_grants(const StateReader& state, const PatientId& patient) {
  std::map<GrantId, GrantEntry> entries;
  const ledger::TreeId tree{ledger::TreeKind::kClinical, patient};
  state.scan(tree, KeyKind::kGrant, [&entries](BytesView id, BytesView value) {
    entries.emplace(GrantId::from(id), decode_stored_grant(value));
    return true;
  });
  return entries;
}

}  // namespace galen::consent

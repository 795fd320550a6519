#include "modules/identity/links.h"

#include "modules/identity/authorities.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

namespace galen::identity {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AuthorisationRole;
using ledger::OperationResult;
using ledger::ResultCode;

struct Custodians {
  AccountId first;
  AccountId second;
};

tl::expected<Custodians, ResultCode> custodians_of(const StateReader& state,
                                                   const PatientId& patient,
                                                   const PatientId& other) {
  for (const PatientId& one : {patient, other}) {
    const ResultCode code = check_patient(state, one);
    if (code != ResultCode::kOk) return tl::unexpected(code);
  }
  return Custodians{PatientEntry::load(state, patient)->custodian,
                    PatientEntry::load(state, other)->custodian};
}

template <class Operation>
void put_link(const OperationContext& context,
              const Operation& operation,
              const LinkEntry& entry,
              StateOverlay& state) {
  put_entry(context, state, LinkEntry::key(operation.patient, operation.other), entry.encode());
  put_entry(context, state, LinkEntry::key(operation.other, operation.patient), entry.encode());
}

}  // namespace

Bytes LinkEntry::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).raw(submitter).raw(other_custodian).counter(linked).counter(height);
  w.boolean(unlinked_at.has_value());
  if (unlinked_at) w.counter(*unlinked_at).enumeration(reason);
  return std::move(w).take();
}

Result<LinkEntry> LinkEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "link entry");
  read_entry_version(r);
  LinkEntry entry;
  entry.submitter = r.fixed<AccountId>();
  entry.other_custodian = r.fixed<AccountId>();
  entry.linked = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  if (r.boolean()) {
    entry.unlinked_at = r.counter<TimeMs>();
    entry.reason = read_code<ledger::UnlinkReason>(r);
  }
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

ledger::StateKey LinkEntry::key(const PatientId& patient, const PatientId& other) {
  return ledger::StateKey::clinical(patient, ledger::KeyKind::kLink, other);
}

std::optional<LinkEntry> LinkEntry::load(const StateReader& state,
                                         const PatientId& patient,
                                         const PatientId& other) {
  return load_entry<LinkEntry>(state, key(patient, other));
}

std::map<PatientId, LinkEntry> list_links(const StateReader& state, const PatientId& patient) {
  return list_entries<PatientId, LinkEntry>(state, patient, ledger::KeyKind::kLink);
}

OperationResult execute(const OperationContext& context,
                        const ledger::LinkPatient& operation,
                        StateOverlay& state) {
  const auto custodians = custodians_of(state, operation.patient, operation.other);
  if (!custodians) return {custodians.error(), {}};
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kCustodian});
  if (!signed_by) return {signed_by.error(), {}};
  const auto agrees = [&](const AccountId& custodian) {
    return custodian == context.submitter ||
           signed_by->has(AuthorisationRole::kCustodian, custodian);
  };
  const bool by_custodian =
      context.submitter == custodians->first || context.submitter == custodians->second;
  if (!by_custodian || !agrees(custodians->first) || !agrees(custodians->second)) {
    return {ResultCode::kNotAuthorised, {}};
  }
  const auto earlier = LinkEntry::load(state, operation.patient, operation.other);
  if (earlier && !earlier->unlinked_at) return {ResultCode::kAlreadyExists, {}};
  if (const auto code = signed_by->use_sequences(context, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  LinkEntry entry;
  entry.submitter = context.submitter;
  const bool submits_first = context.submitter == custodians->first;
  entry.other_custodian = submits_first ? custodians->second : custodians->first;
  entry.linked = context.block.time;
  entry.height = context.block.height;
  put_link(context, operation, entry, state);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::UnlinkPatient& operation,
                        StateOverlay& state) {
  const auto custodians = custodians_of(state, operation.patient, operation.other);
  if (!custodians) return {custodians.error(), {}};
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kPatient});
  if (!signed_by) return {signed_by.error(), {}};
  const bool by_patient =
      signed_by->has(AuthorisationRole::kPatient, id_cast<AccountId>(operation.patient)) ||
      signed_by->has(AuthorisationRole::kPatient, id_cast<AccountId>(operation.other));
  const bool by_custodian =
      context.submitter == custodians->first || context.submitter == custodians->second;
  if (!by_patient && !by_custodian) return {ResultCode::kNotAuthorised, {}};
  auto entry = LinkEntry::load(state, operation.patient, operation.other);
  if (!entry || entry->unlinked_at) return {ResultCode::kNotLinked, {}};
  // An old signature of the patient does not end a link made after it.
  if (const auto code = signed_by->use_sequences(context, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  entry->unlinked_at = context.block.time;
  entry->reason = operation.reason;
  put_link(context, operation, *entry, state);
  return {};
}

}  // namespace galen::identity

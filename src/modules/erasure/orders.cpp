#include "modules/erasure/orders.h"

#include "modules/consent/grants.h"
#include "modules/emergency/declarations.h"
#include "modules/erasure/approval.h"
#include "modules/erasure/holds.h"
#include "modules/identity/entry.h"
#include "modules/identity/links.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"

#include <utility>

namespace galen::erasure {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using identity::load_entry;
using identity::put_entry;
using ledger::AttestationEntry;
using ledger::AuthorisationRole;
using ledger::ErasureBasis;
using ledger::ErasureOrderEntry;
using ledger::ErasureRequestEntry;
using ledger::ErasureScope;
using ledger::KeyKind;
using ledger::OperationResult;
using ledger::ResultCode;
using ledger::StateKey;
using ledger::Tombstone;
using ledger::TreeKind;

bool is_by_patient(const OperationContext& context) {
  const auto& given = context.body.authorisations;
  return !given.empty() && given.front().role == AuthorisationRole::kPatient;
}

/// What the request is about is still there.
ResultCode check_left(const Subject& subject,
                      const ledger::RequestErasure& operation,
                      const StateReader& state) {
  if (operation.scope == ErasureScope::kAudit) {
    return subject.tombstone && subject.tombstone->audit ? ResultCode::kErased : ResultCode::kOk;
  }
  if (subject.tombstone) return ResultCode::kErased;
  if (!operation.record) return ResultCode::kOk;
  if (identity::is_erased(state, *operation.record)) return ResultCode::kErased;
  const bool known =
      records::RecordEntry::load(state, operation.patient, *operation.record).has_value();
  return known ? ResultCode::kOk : ResultCode::kUnknownRecord;
}

ResultCode check_approval(const OperationContext& context,
                          const ledger::RequestErasure& operation,
                          const Subject& subject,
                          const StateReader& state) {
  if (is_by_patient(context)) {
    // His custodian may hold his key, and the log is evidence about the custodian as well.
    if (operation.scope == ErasureScope::kAudit) return ResultCode::kNotApproved;
    return check_patient_request(context, operation.patient, state);
  }
  const auto code = check_two_organisations(context, subject.custodian, std::nullopt, state);
  // In his name means with his signature.
  const bool in_his_name = operation.basis == ErasureBasis::kPatientRequest;
  return code == ResultCode::kOk && in_his_name ? ResultCode::kNotApproved : code;
}

ResultCode check(const OperationContext& context,
                 const ledger::RequestErasure& operation,
                 const std::optional<Subject>& subject,
                 const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (operation.request !=
      ledger::erasure_id(context.block.chain, context.submitter, operation.seed)) {
    return ResultCode::kBadIdentifier;
  }
  if (!subject) return ResultCode::kUnknownPatient;
  // Who asks comes before what is there: others learn nothing of it.
  if (const auto code = check_approval(context, operation, *subject, state);
      code != ResultCode::kOk) {
    return code;
  }
  if (const auto code = check_left(*subject, operation, state); code != ResultCode::kOk) {
    return code;
  }
  const bool known = state.get(ErasureRequestEntry::key(operation.request)).has_value();
  return known ? ResultCode::kAlreadyExists : ResultCode::kOk;
}

/// What both orders have in common.
struct Order {
  ErasureId request;
  SubjectPath path;
  ErasureScope scope;
  std::optional<RecordPath> record;
  ErasureBasis basis;
  std::uint64_t operations;
};

bool fits(const ErasureRequestEntry& request, const Order& order) {
  return request.path == order.path && request.scope == order.scope &&
         request.record == order.record && request.basis == order.basis;
}

/// kOk with the request in `request`.
ResultCode check_order(const OperationContext& context,
                       const Order& order,
                       std::optional<ErasureRequestEntry>& request,
                       const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  request = load_entry<ErasureRequestEntry>(state, ErasureRequestEntry::key(order.request));
  const bool stands = request && request->is_open(context.block.time) && fits(*request, order);
  if (!stands) return ResultCode::kUnknownRequest;
  const bool may_order =
      context.submitter == request->submitter || context.submitter == request->custodian;
  if (!may_order) return ResultCode::kNotAuthorised;
  if (is_held(state, order.path, order.scope, order.record, context.block.time)) {
    return ResultCode::kHeld;
  }
  return ResultCode::kOk;
}

ResultCode check_count(const Order& order, const StateReader& state) {
  const bool audit = order.scope == ErasureScope::kAudit;
  const ledger::BodiesOf bodies{
      order.path, audit ? TreeKind::kAudit : TreeKind::kClinical, order.record};
  return state.count_bodies(bodies) == order.operations ? ResultCode::kOk : ResultCode::kWrongCount;
}

ledger::Erasure erasure_of(const OperationContext& context, const Order& order) {
  return {order.request, order.basis, order.operations, context.block.time, context.block.height};
}

/// The request is used up, the order can be attested.
void close(const OperationContext& context,
           const Order& order,
           ErasureRequestEntry request,
           StateOverlay& state) {
  request.ordered = true;
  put_entry(context, state, ErasureRequestEntry::key(order.request), request.encode());
  const ErasureOrderEntry entry{order.request, order.path, order.scope, order.record};
  put_entry(
      context, state, ErasureOrderEntry::key(context.transaction, context.index), entry.encode());
}

void put_sequence(const OperationContext& context, const PatientId& patient, StateOverlay& state) {
  const ledger::Authorisation& given = context.body.authorisations.front();
  put_entry(context,
            state,
            consent::SequenceEntry::key(patient, given.account),
            consent::SequenceEntry{given.sequence}.encode());
}

ResultCode check_withdrawal(const OperationContext& context,
                            const ledger::WithdrawErasure& operation,
                            const std::optional<ErasureRequestEntry>& request,
                            const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return code;
  }
  const bool stands = request && request->is_open(context.block.time) &&
                      request->path == ledger::subject_path(operation.patient);
  if (!stands) return ResultCode::kUnknownRequest;
  if (request->by_patient) return check_patient_signature(context, operation.patient, state);
  if (!context.body.authorisations.empty()) return ResultCode::kBadAuthorisation;
  return context.submitter == request->submitter ? ResultCode::kOk : ResultCode::kNotAuthorised;
}

OperationResult erase_clinical(const OperationContext& context,
                               const Order& order,
                               TimeMs audit_until,
                               const ErasureRequestEntry& request,
                               StateOverlay& state) {
  if (state.get(Tombstone::key(order.path))) return {ResultCode::kErased, {}};
  if (audit_until <= context.block.time) return {ResultCode::kInvalidWindow, {}};
  const std::uint64_t least = context.parameters.min_audit_retention_ms;
  if (audit_until.value - context.block.time.value < least) {
    return {ResultCode::kRetentionNotOver, {}};
  }
  if (const auto code = check_count(order, state); code != ResultCode::kOk) return {code, {}};
  const auto patient = state.subject_at(order.path, TreeKind::kClinical);
  if (!patient) return {ResultCode::kUnknownPatient, {}};
  // The others of his links must not name him any more.
  for (const auto& [other, link] : identity::list_links(state, *patient)) {
    const StateKey back = identity::LinkEntry::key(other, *patient);
    if (state.get(back)) state.erase(back);
  }
  state.erase(StateKey::main(KeyKind::kSubjectRoot, *patient));
  const ledger::SealedEntry sealed{audit_until};
  put_entry(context, state, ledger::SealedEntry::key(*patient), sealed.encode());
  Tombstone tombstone;
  tombstone.subject = order.path;
  tombstone.custodian = request.custodian;
  tombstone.erased = erasure_of(context, order);
  tombstone.audit_until = audit_until;
  put_entry(context, state, Tombstone::key(order.path), tombstone.encode());
  close(context, order, request, state);
  return {};
}

OperationResult erase_audit(const OperationContext& context,
                            const Order& order,
                            const ErasureRequestEntry& request,
                            StateOverlay& state) {
  auto tombstone = load_entry<Tombstone>(state, Tombstone::key(order.path));
  // The clinical compartment goes first: its patient answers for the log as long as he is there.
  if (!tombstone) return {ResultCode::kRetentionNotOver, {}};
  if (tombstone->audit) return {ResultCode::kErased, {}};
  if (context.block.time < tombstone->audit_until) return {ResultCode::kRetentionNotOver, {}};
  if (const auto code = check_count(order, state); code != ResultCode::kOk) return {code, {}};
  const auto patient = state.subject_at(order.path, TreeKind::kAudit);
  if (!patient) return {ResultCode::kUnknownPatient, {}};
  // Nor do organisations wait for a review that nobody can make any more.
  for (const auto& declared : emergency::list_declarations(state, *patient)) {
    const StateKey waiting = emergency::UnreviewedEntry::key(declared.declaration.organisation,
                                                             declared.declaration.declaration);
    if (state.get(waiting)) state.erase(waiting);
  }
  state.erase(StateKey::main(KeyKind::kAuditRoot, *patient));
  tombstone->audit = erasure_of(context, order);
  put_entry(context, state, Tombstone::key(order.path), tombstone->encode());
  close(context, order, request, state);
  return {};
}

/// The record whose path it is; nullopt when the patient has none.
std::optional<RecordId> find_record(const OperationContext& context,
                                    const StateReader& state,
                                    const PatientId& patient,
                                    const RecordPath& path) {
  std::optional<RecordId> found;
  const ledger::TreeId tree{TreeKind::kClinical, patient};
  state.scan(tree, KeyKind::kRecord, [&](BytesView id, BytesView) {
    context.charge(1);
    const auto record = RecordId::from(id);
    if (ledger::record_path(record) == path) found = record;
    return !found;
  });
  return found;
}

}  // namespace

OperationResult execute(const OperationContext& context,
                        const ledger::RequestErasure& operation,
                        StateOverlay& state) {
  const auto subject = find_subject(state, operation.patient);
  if (const auto code = check(context, operation, subject, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  ErasureRequestEntry entry;
  entry.path = ledger::subject_path(operation.patient);
  entry.scope = operation.scope;
  if (operation.record) entry.record = ledger::record_path(*operation.record);
  entry.basis = operation.basis;
  entry.submitter = context.submitter;
  entry.custodian = subject->custodian;
  entry.by_patient = is_by_patient(context);
  entry.time = context.block.time;
  if (entry.by_patient)
    entry.key_held_by = identity::PatientEntry::load(state, operation.patient)->held_by;
  put_entry(context, state, ErasureRequestEntry::key(operation.request), entry.encode());
  if (entry.by_patient) put_sequence(context, operation.patient, state);
  return {ResultCode::kOk, to_bytes(operation.request)};
}

OperationResult execute(const OperationContext& context,
                        const ledger::WithdrawErasure& operation,
                        StateOverlay& state) {
  const StateKey key = ErasureRequestEntry::key(operation.request);
  auto request = load_entry<ErasureRequestEntry>(state, key);
  if (const auto code = check_withdrawal(context, operation, request, state);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  request->withdrawn = true;
  put_entry(context, state, key, request->encode());
  if (request->by_patient) put_sequence(context, operation.patient, state);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::ErasePatient& operation,
                        StateOverlay& state) {
  const Order order{operation.request,
                    operation.path,
                    operation.scope,
                    std::nullopt,
                    operation.basis,
                    operation.operations};
  std::optional<ErasureRequestEntry> request;
  if (const auto code = check_order(context, order, request, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  if (order.scope == ErasureScope::kAudit) return erase_audit(context, order, *request, state);
  return erase_clinical(context, order, operation.audit_until, *request, state);
}

OperationResult execute(const OperationContext& context,
                        const ledger::EraseRecord& operation,
                        StateOverlay& state) {
  const Order order{operation.request,
                    operation.path,
                    ErasureScope::kRecord,
                    operation.record,
                    operation.basis,
                    operation.operations};
  std::optional<ErasureRequestEntry> request;
  if (const auto code = check_order(context, order, request, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  if (state.get(Tombstone::key(order.path)) || state.get(Tombstone::key(operation.record))) {
    return {ResultCode::kErased, {}};
  }
  const auto patient = state.subject_at(order.path, TreeKind::kClinical);
  if (!patient) return {ResultCode::kUnknownPatient, {}};
  const auto record = find_record(context, state, *patient, operation.record);
  if (!record) return {ResultCode::kUnknownRecord, {}};
  if (const auto code = check_count(order, state); code != ResultCode::kOk) return {code, {}};
  state.erase(records::RecordEntry::key(*patient, *record));
  Tombstone tombstone;
  tombstone.subject = order.path;
  tombstone.scope = ErasureScope::kRecord;
  tombstone.custodian = request->custodian;
  tombstone.erased = erasure_of(context, order);
  put_entry(context, state, Tombstone::key(operation.record), tombstone.encode());
  close(context, order, *std::move(request), state);
  return {};
}

OperationResult execute(const OperationContext& context,
                        const ledger::AttestErasure& operation,
                        StateOverlay& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return {code, {}};
  }
  if (!context.body.authorisations.empty()) return {ResultCode::kBadAuthorisation, {}};
  if (operation.node != context.submitter) return {ResultCode::kNotAuthorised, {}};
  if (!state.get(ErasureOrderEntry::key(operation.order, operation.operation))) {
    return {ResultCode::kUnknownOrder, {}};
  }
  const StateKey key =
      AttestationEntry::key(operation.order, operation.operation, operation.node, operation.phase);
  if (state.get(key)) return {ResultCode::kAlreadyAttested, {}};
  put_entry(context, state, key, AttestationEntry{operation, context.block.time}.encode());
  return {};
}

}  // namespace galen::erasure

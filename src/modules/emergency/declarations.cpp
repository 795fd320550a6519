#include "modules/emergency/declarations.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace galen::emergency {

namespace {

using codec::Reader;
using codec::Writer;
using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using identity::PatientEntry;
using identity::PractitionerEntry;
using ledger::DeclareEmergency;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::ReviewEmergency;
using ledger::StateKey;

template <class T>
Result<T> operation_of(BytesView bytes, const char* what) {
  GALEN_TRY(auto operation, ledger::decode_operation(bytes));
  auto* value = std::get_if<T>(&operation);
  if (value == nullptr)
    return fail(ErrorCode::kMalformed, std::string(what) + ": another operation");
  return std::move(*value);
}

/// A person who acts for `organisation` and signed with a role of kRequester.
struct Actor {
  ResultCode code = ResultCode::kOk;
  std::optional<PractitionerEntry> entry;
};

Actor find_actor(const StateReader& state, const AccountId& person, const AccountId& organisation) {
  auto entry = PractitionerEntry::load(state, person);
  if (!entry) return {ResultCode::kUnknownPractitioner, {}};
  if (entry->organisation != organisation) return {ResultCode::kNotAuthorised, {}};
  if (!entry->active) return {ResultCode::kAccountInactive, {}};
  return {ResultCode::kOk, std::move(entry)};
}

ResultCode check_signature(const identity::SignedOperation& operation,
                           const std::vector<ledger::Authorisation>& authorisations,
                           const AccountId& person,
                           const PractitionerEntry& entry,
                           execution::SignatureVerifier& signatures) {
  if (authorisations.size() != 1) return ResultCode::kBadAuthorisation;
  const ledger::Authorisation& authorisation = authorisations.front();
  const bool his = authorisation.role == ledger::AuthorisationRole::kRequester &&
                   authorisation.account == person;
  if (!his) return ResultCode::kBadAuthorisation;
  return identity::check_authorisation(operation, authorisation, entry.signing_keys, signatures);
}

ResultCode check_window(const Brought& brought, const DeclareEmergency& operation) {
  const bool ordered = operation.from < operation.to;
  const bool short_enough = ordered && operation.to.value - operation.from.value <= brought.max_ms;
  const bool begun = operation.from.value <= brought.time.value + kDeclarationSlackMs;
  return short_enough && begun ? ResultCode::kOk : ResultCode::kInvalidWindow;
}

/// Whose it is and what it says; the person comes after.
ResultCode check_content(const Brought& brought,
                         const DeclareEmergency& operation,
                         const StateReader& state) {
  if (brought.submitter != operation.organisation) return ResultCode::kNotAuthorised;
  const ResultCode organisation = identity::check_organisation(state, operation.organisation);
  if (organisation != ResultCode::kOk) return organisation;
  if (operation.declaration != ledger::declaration_id(brought.chain, operation)) {
    return ResultCode::kBadIdentifier;
  }
  const ResultCode patient = identity::check_patient(state, operation.patient);
  return patient != ResultCode::kOk ? patient : check_window(brought, operation);
}

void put_declaration(const OperationContext& context,
                     const DeclarationEntry& entry,
                     StateOverlay& state) {
  const auto key = DeclarationEntry::key(entry.declaration.patient, entry.declaration.declaration);
  identity::put_entry(context, state, key, entry.encode());
}

/// It waits for review, and its organisation has declared once more.
void put_unreviewed(const OperationContext& context,
                    const DeclarationEntry& entry,
                    StateOverlay& state) {
  const DeclareEmergency& declared = entry.declaration;
  const UnreviewedEntry waiting{declared.patient, declared.person, entry.declared};
  identity::put_entry(context,
                      state,
                      UnreviewedEntry::key(declared.organisation, declared.declaration),
                      waiting.encode());
  auto emergencies = OrganisationEmergencies::load(state, declared.organisation);
  ++emergencies.declared;
  identity::put_entry(
      context, state, OrganisationEmergencies::key(declared.organisation), emergencies.encode());
}

/// Who answers for what was declared for a patient. What outlives him in his log waits for review
/// as before, and who kept him goes on reviewing it until the log goes too (PRIVACY.md 13, 20).
std::optional<AccountId> custodian_of(const StateReader& state, const PatientId& patient) {
  if (const auto entry = PatientEntry::load(state, patient)) return entry->custodian;
  const auto stone = identity::load_entry<ledger::Tombstone>(
      state, ledger::Tombstone::key(ledger::subject_path(patient)));
  if (!stone || stone->audit) return std::nullopt;
  return stone->custodian;
}

ResultCode check_review(const OperationContext& context,
                        const ReviewEmergency& operation,
                        const DeclarationEntry& declared,
                        const StateReader& state,
                        Actor& reviewer) {
  const bool concerned = context.submitter == declared.declaration.organisation ||
                         custodian_of(state, operation.patient) == context.submitter;
  if (!concerned) return ResultCode::kNotAuthorised;
  reviewer = find_actor(state, operation.reviewer, context.submitter);
  if (reviewer.code != ResultCode::kOk) return reviewer.code;
  const bool same =
      operation.reviewer == declared.declaration.person || reviewer.entry->role == declared.role;
  if (same) return ResultCode::kSameReviewer;
  return check_signature(identity::signed_operation(context),
                         context.body.authorisations,
                         operation.reviewer,
                         *reviewer.entry,
                         context.signatures);
}

}  // namespace

Bytes DeclarationEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).enumeration(role).counter(declared).counter(height).boolean(late);
  w.bytes(ledger::encode(ledger::Operation(declaration)));
  return std::move(w).take();
}

Result<DeclarationEntry> DeclarationEntry::decode(BytesView bytes) {
  Reader r(bytes, "declaration entry");
  identity::read_entry_version(r);
  DeclarationEntry entry;
  entry.role = identity::read_code<ledger::Role>(r);
  entry.declared = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  entry.late = r.boolean();
  const BytesView operation = r.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(entry.declaration, operation_of<DeclareEmergency>(operation, "declaration entry"));
  return entry;
}

StateKey DeclarationEntry::key(const PatientId& patient, const DeclarationId& id) {
  return StateKey::audit(patient, KeyKind::kDeclaration, id);
}

std::optional<DeclarationEntry> DeclarationEntry::load(const StateReader& state,
                                                       const PatientId& patient,
                                                       const DeclarationId& id) {
  return identity::load_entry<DeclarationEntry>(state, key(patient, id));
}

Bytes ReviewEntry::encode() const {
  Writer w;
  w.u16(identity::kEntryVersion).raw(organisation).enumeration(role);
  w.counter(time).counter(height).boolean(overdue);
  w.bytes(ledger::encode(ledger::Operation(review)));
  return std::move(w).take();
}

Result<ReviewEntry> ReviewEntry::decode(BytesView bytes) {
  Reader r(bytes, "review entry");
  identity::read_entry_version(r);
  ReviewEntry entry;
  entry.organisation = r.fixed<AccountId>();
  entry.role = identity::read_code<ledger::Role>(r);
  entry.time = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  entry.overdue = r.boolean();
  const BytesView operation = r.bytes(limits::kMaxOperationBytes);
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(entry.review, operation_of<ReviewEmergency>(operation, "review entry"));
  return entry;
}

StateKey ReviewEntry::key(const PatientId& patient, const DeclarationId& id) {
  return StateKey::audit(patient, KeyKind::kReview, id);
}

std::optional<ReviewEntry> ReviewEntry::load(const StateReader& state,
                                             const PatientId& patient,
                                             const DeclarationId& id) {
  return identity::load_entry<ReviewEntry>(state, key(patient, id));
}

ResultCode check_declaration(const Brought& brought,
                             const DeclareEmergency& operation,
                             const StateReader& state,
                             execution::SignatureVerifier& signatures) {
  const ResultCode content = check_content(brought, operation, state);
  if (content != ResultCode::kOk) return content;
  const Actor person = find_actor(state, operation.person, operation.organisation);
  if (person.code != ResultCode::kOk) return person.code;
  if (!person.entry->emergency_privilege) return ResultCode::kNotPrivileged;
  const Bytes bytes = ledger::encode(ledger::Operation(operation));
  const identity::SignedOperation signed_operation{brought.chain,
                                                   brought.time,
                                                   brought.submitter,
                                                   DeclareEmergency::kType,
                                                   operation.patient,
                                                   bytes};
  const ResultCode signature = check_signature(
      signed_operation, brought.authorisations, operation.person, *person.entry, signatures);
  if (signature != ResultCode::kOk) return signature;
  const auto known = DeclarationEntry::load(state, operation.patient, operation.declaration);
  if (known) {
    const bool same_person = known->declaration.person == operation.person &&
                             known->declaration.organisation == operation.organisation;
    return known->is_missing() && same_person ? ResultCode::kOk : ResultCode::kAlreadyExists;
  }
  const Quota quota = quota_of(state, operation.organisation, brought.time);
  return quota.is_exhausted() ? ResultCode::kQuotaExceeded : ResultCode::kOk;
}

policy::EmergencyFacts facts_of(const DeclareEmergency& declaration) {
  return {declaration.person, declaration.from, declaration.to, declaration.records};
}

std::vector<DeclarationEntry> list_declarations(const StateReader& state,
                                                const PatientId& patient) {
  std::vector<DeclarationEntry> declared;
  const ledger::TreeId tree{ledger::TreeKind::kAudit, patient};
  state.scan(tree, KeyKind::kDeclaration, [&declared](BytesView, BytesView value) {
    auto entry = DeclarationEntry::decode(value);
    CHECK(entry.has_value(), "a declaration that does not decode");
    declared.push_back(*std::move(entry));
    return true;
  });
  std::sort(declared.begin(), declared.end(), [](const auto& a, const auto& b) {
    return a.declaration.declaration < b.declaration.declaration;
  });
  return declared;
}

std::vector<policy::EmergencyFacts> emergencies_of(const StateReader& state,
                                                   const PatientId& patient) {
  std::vector<policy::EmergencyFacts> facts;
  for (const DeclarationEntry& entry : list_declarations(state, patient)) {
    const auto review = ReviewEntry::load(state, patient, entry.declaration.declaration);
    const bool unjustified =
        review && review->review.outcome == ledger::ReviewOutcome::kUnjustified;
    if (!unjustified) facts.push_back(facts_of(entry.declaration));
  }
  return facts;
}

ledger::OperationResult execute(const OperationContext& context,
                                const DeclareEmergency& operation,
                                StateOverlay& state) {
  const Brought brought{context.block.chain,
                        context.block.time,
                        context.submitter,
                        context.parameters.emergency_max_ms,
                        context.body.authorisations};
  const ResultCode code = check_declaration(brought, operation, state, context.signatures);
  if (code != ResultCode::kOk) return {code, {}};
  const auto person = PractitionerEntry::load(state, operation.person);
  const TimeMs now = context.block.time;
  const bool late = now.value > operation.from.value + kDeclarationSlackMs;
  const auto missing = DeclarationEntry::load(state, operation.patient, operation.declaration);
  DeclarationEntry entry{operation, person->role, now, context.block.height, late};
  if (missing) entry.declared = missing->declared;  // a review is due since then
  put_declaration(context, entry, state);
  if (!missing) put_unreviewed(context, entry, state);
  return {};
}

void note_released(const OperationContext& context,
                   const ledger::LogEmergency& operation,
                   ledger::Role role,
                   StateOverlay& state) {
  const ledger::AccessRequest& request = operation.request;
  if (DeclarationEntry::load(state, request.patient, operation.declaration)) return;
  DeclareEmergency missing;
  missing.declaration = operation.declaration;
  missing.person = request.person;
  missing.organisation = request.organisation;
  missing.patient = request.patient;
  missing.reason = ledger::EmergencyReason::kOther;
  missing.from = operation.time;
  missing.to = operation.time;
  const DeclarationEntry entry{missing, role, context.block.time, context.block.height, true};
  put_declaration(context, entry, state);
  put_unreviewed(context, entry, state);
}

ledger::OperationResult execute(const OperationContext& context,
                                const ReviewEmergency& operation,
                                StateOverlay& state) {
  const ResultCode submitter = identity::check_organisation(state, context.submitter);
  if (submitter != ResultCode::kOk) return {submitter, {}};
  const auto declared = DeclarationEntry::load(state, operation.patient, operation.declaration);
  if (!declared) return {ResultCode::kUnknownDeclaration, {}};
  const StateKey key = ReviewEntry::key(operation.patient, operation.declaration);
  if (state.get(key)) return {ResultCode::kAlreadyReviewed, {}};
  Actor reviewer;
  const ResultCode code = check_review(context, operation, *declared, state, reviewer);
  if (code != ResultCode::kOk) return {code, {}};
  const TimeMs now = context.block.time;
  const bool overdue = now.value > declared->declared.value + kReviewMs;
  const ReviewEntry entry{
      operation, context.submitter, reviewer.entry->role, now, context.block.height, overdue};
  identity::put_entry(context, state, key, entry.encode());
  state.erase(UnreviewedEntry::key(declared->declaration.organisation, operation.declaration));
  return {};
}

}  // namespace galen::emergency

#include "rpc/event_viewer.h"

#include "modules/audit/log_reading.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/people.h"
#include "modules/policy/terminology.h"
#include "modules/records/records.h"
#include "rpc/access_view.h"
#include "rpc/list_gate.h"
#include "rpc/release_instant.h"
#include "rpc/requester_signature.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

Status read_kinds(const v1::WatchRequest& request, EventViewer& viewer) {
  for (const int number : request.kinds()) {
    if (!v1::EventKind_IsValid(number) || number == v1::EVENT_HEARTBEAT) {
      return fail(ErrorCode::kInvalidArgument,
                  "kinds: no event has number " + std::to_string(number));
    }
    viewer.kinds.insert(static_cast<v1::EventKind>(number));
  }
  return {};
}

/// The person's patient, and with it the only one of this stream.
Status read_person(const Backend& backend,
                   const Caller& caller,
                   const v1::WatchRequest& request,
                   EventViewer& viewer) {
  const bool is_signed = !request.request().empty() || !request.authorisation().empty();
  if (!is_signed && request.access_tx_id().empty()) return {};
  if (is_signed && !request.access_tx_id().empty()) {
    return fail(ErrorCode::kInvalidArgument, "request: not together with an access");
  }
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto snapshot = backend.ledger().snapshot();
  ledger::AccessRequest asked;
  if (is_signed) {
    GALEN_TRY(auto own,
              asked_by_patient(backend,
                               caller,
                               *snapshot,
                               {ledger::OwnQuery::kEvents},
                               request.request(),
                               request.authorisation()));
    asked = std::move(own.request);
    viewer.authorisation = own.authorisation;
  } else {
    GALEN_TRY(const auto name, access_name(request.access_tx_id(), request.access_operation()));
    GALEN_TRY(auto access, open_list_gate(backend, caller, *snapshot, name));
    if (!access.request.is_listing()) {
      return fail(ErrorCode::kInvalidArgument,
                  "access_tx_id: watching needs action DISCOVER and one zero id as records");
    }
    viewer.is_unknown = !access.entry;
    asked = std::move(access.request);
    viewer.authorisation = access.authorisation;
  }
  if (viewer.patient && *viewer.patient != asked.patient) {
    return fail(ErrorCode::kInvalidArgument,
                "patient: not the one of the access or signed request");
  }
  viewer.patient = asked.patient;
  viewer.person = std::move(asked);
  return {};
}

/// Who read the log, for whoever answers for it, its patient, and the reader's organisation.
void fill_reading(const ledger::LogAuditRead& read,
                  const ledger::OperationResult& result,
                  v1::OperationEvent& event) {
  const auto outcome = audit::ReadOutcome::decode(result.detail);
  if (result.code != ledger::ResultCode::kOk || !outcome) return;
  v1::AccessEvent& told = *event.mutable_access();
  told.set_organisation(wire(read.organisation));
  told.set_person(wire(read.person));
  told.set_purpose(read.purpose);
  told.set_action("AUDIT-READ");
  v1::AccessDecision& decision = *told.add_decisions();
  decision.set_record(wire(RecordId{}));
  decision.set_permit(outcome->permit);
}

/// A proxy is told what he may read in his patient's log, no more: one from whom a label is hidden
/// could learn from an event what a reading keeps from him. So the rule is that of readings.
bool reads_log(const storage::StateSnapshot& snapshot,
               const ledger::AccessRequest& asked,
               const policy::Requester& requester,
               const policy::Instant& at) {
  if (requester.role != ledger::Role::kProxy) return false;
  ledger::LogAuditRead reading;
  reading.log = asked.patient;
  reading.person = asked.person;
  reading.organisation = asked.organisation;
  reading.purpose = asked.purpose;
  const auto parameters = execution::load_parameters(snapshot);
  return policy::is_permit(audit::judge_reading(snapshot, parameters, reading, requester, at));
}

/// Somebody whose organisation answers for what he asks; patients and proxies ask through any.
bool acts_for_organisation(const std::optional<ledger::Role>& role) {
  return role && *role != ledger::Role::kPatient && *role != ledger::Role::kProxy;
}

/// Of a release, what whoever is told may see.
struct ReleaseView {
  bool sees_log = false;  ///< he answers for the patient's log, may read it, or is the patient
  bool is_ours = false;   ///< else: it was made to a person of his organisation
};

/// What a patient is told of an emergency, and whoever acts or answers for him, asked for it or
/// brought it.
class EmergencyTeller {
 public:
  EmergencyTeller(const execution::StateReader& state,
                  const AccountId& submitter,
                  Height height,
                  const ReleaseView& view,
                  v1::OperationEvent& event)
      : state_(state),
        submitter_(submitter),
        height_(height),
        sees_log_(view.sees_log),
        is_ours_(view.is_ours),
        event_(event) {}

  void operator()(const ledger::DeclareEmergency& o) const {
    v1::EmergencyEvent& told = tell(o.declaration, o.organisation, o.person);
    told.set_reason(std::string(ledger::name(o.reason)));
    told.set_from_ms(o.from.value);
    told.set_to_ms(o.to.value);
    for (const RecordId& record : o.records) told.add_records(wire(record));
  }

  /// From its entry in the log: what the operation says besides is its submitter's word. Another
  /// member's own is told as it was submitted, for what became of it tells what is there.
  void operator()(const ledger::LogEmergency& o) const {
    if (!sees_log_) {
      if (is_ours_) {
        tell_asker(o);
      } else {
        tell_bringer(o);
      }
      return;
    }
    const auto entry = find_entry(state_, o, height_);
    if (!entry) return;
    v1::EmergencyEvent& told =
        tell(o.declaration, entry->role ? o.request.organisation : submitter_, o.request.person);
    if (!entry->role) told.clear_person();
    told.set_from_ms(o.time.value);
    for (const audit::RecordDecision& decision : entry->decisions) {
      add_decision(decision, *told.add_decisions());
    }
  }

  void operator()(const ledger::ReviewEmergency& o) const {
    tell(o.declaration, submitter_, o.reviewer).set_outcome(std::string(ledger::name(o.outcome)));
  }

  template <class Other>
  void operator()(const Other&) const {}

 private:
  void tell_bringer(const ledger::LogEmergency& o) const {
    v1::EmergencyEvent& told = tell(o.declaration, submitter_, {});
    told.clear_person();
    told.set_from_ms(o.time.value);
  }

  /// To the organisation of whoever asked: who did, and which records were opened for him, all of
  /// which his request or its receipt says. No rule, and nothing of what was refused beside it.
  void tell_asker(const ledger::LogEmergency& o) const {
    const auto entry = find_entry(state_, o, height_);
    if (!entry) return;
    v1::EmergencyEvent& told = tell(o.declaration, o.request.organisation, o.request.person);
    told.set_from_ms(o.time.value);
    for (const audit::RecordDecision& decision : entry->decisions) {
      if (!decision.permit()) continue;
      v1::AccessDecision& item = *told.add_decisions();
      item.set_record(wire(decision.record));
      item.set_permit(true);
    }
  }

  [[nodiscard]] v1::EmergencyEvent& tell(const DeclarationId& declaration,
                                         const AccountId& organisation,
                                         const AccountId& person) const {
    v1::EmergencyEvent& told = *event_.mutable_emergency();
    told.set_declaration(wire(declaration));
    told.set_organisation(wire(organisation));
    told.set_person(wire(person));
    return told;
  }

  const execution::StateReader& state_;
  const AccountId& submitter_;
  const Height height_;
  const bool sees_log_;
  const bool is_ours_;
  v1::OperationEvent& event_;
};

}  // namespace

Result<EventViewer> open_viewer(const Backend& backend,
                                const Caller& caller,
                                const v1::WatchRequest& request) {
  EventViewer viewer;
  viewer.organisation = caller.organisation;
  viewer.chain = backend.chain();
  viewer.headers_only = request.headers_only();
  viewer.with_headers = request.with_headers() || request.headers_only();
  if (!request.patient().empty()) {
    GALEN_TRY(viewer.patient, fixed_field<PatientId>(request.patient(), "patient"));
  }
  GALEN_TRY_STATUS(read_kinds(request, viewer));
  GALEN_TRY_STATUS(read_person(backend, caller, request, viewer));
  return viewer;
}

Result<EventSight> EventSight::open(const EventViewer& viewer,
                                    const storage::StateSnapshot& snapshot,
                                    const LedgerReader& reader,
                                    TimeMs now) {
  EventSight sight(viewer, snapshot, reader);
  if (!viewer.person) return sight;
  sight.requester_ = audit::load_requester(snapshot, *viewer.person);
  const bool acts = sight.requester_ && sight.requester_->organisation_active &&
                    sight.requester_->person_active &&
                    still_signed(snapshot,
                                 viewer.chain,
                                 *viewer.person,
                                 ledger::LogAccess{*viewer.person},
                                 viewer.authorisation);
  if (!acts) {
    return fail(ErrorCode::kUnauthenticated, "authorisation: its person may not act any more");
  }
  sight.asked_ = audit::policy_request(*viewer.person, release_instant(snapshot.head(), now));
  sight.reads_log_ =
      !viewer.is_unknown && reads_log(snapshot, *viewer.person, *sight.requester_, sight.asked_.at);
  return sight;
}

Result<std::optional<v1::OperationEvent>> EventSight::look(const WatchedBlock& block,
                                                           std::uint32_t transaction,
                                                           std::uint16_t operation,
                                                           v1::EventKind& kind) {
  using Event = std::optional<v1::OperationEvent>;
  const WatchedTransaction& watched = block.transactions[transaction];
  const auto& value = watched.operations[operation];
  if (!value) return Event{};
  const auto subject = subject_for(*value);
  if (!subject) return Event{};
  const bool may = may_see(snapshot_,
                           viewer_.organisation,
                           watched.transaction,
                           watched.transaction.operations[operation]);
  const bool is_opened = !may && opened_for_ours(block, watched, *value);
  const bool concerns_us = is_opened || (!may && reviews_ours(*value));
  if (!may && !concerns_us && !requester_) return Event{};
  GALEN_TRY(const auto result, result_of(block, transaction, operation));
  if (!result) return Event{};
  const bool owns = may || (concerns_us && result->code == ledger::ResultCode::kOk);
  if (!owns && !requester_) return Event{};
  const Happening happening = happening_of(*value, *result);
  kind = happening.kind;
  if (!viewer_.wants(kind)) return Event{};

  v1::OperationEvent event;
  if (const auto* read = std::get_if<ledger::LogAuditRead>(&*value)) {
    fill_reading(*read, *result, event);
  }
  const auto* access = std::get_if<ledger::LogAccess>(&*value);
  if (access != nullptr && happening.audience == Audience::kAuditors) {
    if (!fill_access(block, watched, access->request, *result, *event.mutable_access())) {
      return Event{};
    }
  } else if (happening.audience == Audience::kWhoMayDiscover) {
    if (!owns && !may_discover(*subject, *happening.record)) return Event{};
  } else if (!owns && !is_told(happening.audience, *subject)) {
    return Event{};
  }
  if (result->code == ledger::ResultCode::kOk) {
    const bool sees_log = is_told(happening.audience, *subject) ||
                          owner_of(snapshot_, *subject) == viewer_.organisation;
    std::visit(EmergencyTeller(snapshot_,
                               watched.transaction.header.submitter,
                               block.header.height,
                               {sees_log, is_opened},
                               event),
               *value);
  }
  event.set_tx_id(wire(watched.id));
  event.set_operation(operation);
  event.set_submitter(wire(watched.transaction.header.submitter));
  event.set_type(std::string(ledger::name(ledger::type_of(*value))));
  event.set_result(static_cast<std::uint32_t>(result->code));
  event.set_subject(wire(*subject));
  if (happening.record) event.set_record(wire(*happening.record));
  if (happening.grant) event.set_grant(wire(*happening.grant));
  return Event{std::move(event)};
}

std::optional<PatientId> EventSight::subject_for(const ledger::Operation& operation) const {
  const PatientId subject = ledger::subject_of(operation);
  const auto other = ledger::other_subject_of(operation);
  if (viewer_.patient) {
    const bool is_about = *viewer_.patient == subject || viewer_.patient == other;
    return is_about ? viewer_.patient : std::nullopt;
  }
  const bool is_others = other && owner_of(snapshot_, subject) != viewer_.organisation &&
                         owner_of(snapshot_, *other) == viewer_.organisation;
  return is_others ? other : subject;
}

Result<std::optional<ledger::OperationResult>> EventSight::result_of(const WatchedBlock& block,
                                                                     std::uint32_t transaction,
                                                                     std::uint16_t operation) {
  const storage::TransactionPlace place{block.header.height, transaction};
  if (!results_ || results_->first != place) {
    GALEN_TRY(auto read, reader_.results(place));
    results_.emplace(place, std::move(read));
  }
  if (operation >= results_->second.size()) return std::optional<ledger::OperationResult>{};
  return results_->second[operation];
}

bool EventSight::reviews_ours(const ledger::Operation& operation) const {
  const auto* review = std::get_if<ledger::ReviewEmergency>(&operation);
  if (review == nullptr) return false;
  const auto declared =
      emergency::DeclarationEntry::load(snapshot_, review->patient, review->declaration);
  return declared && declared->declaration.organisation == viewer_.organisation;
}

/// On a word of any other member than the custodian an entry in the patient's log would tell
/// whether the record is there; without the signature the organisation learns of patients that it
/// never asked for.
bool EventSight::opened_for_ours(const WatchedBlock& block,
                                 const WatchedTransaction& transaction,
                                 const ledger::Operation& operation) const {
  const auto* released = std::get_if<ledger::LogEmergency>(&operation);
  if (released == nullptr) return false;
  const ledger::AccessRequest& request = released->request;
  if (request.organisation != viewer_.organisation) return false;
  if (request.purpose != policy::kBreakGlassPurpose) return false;
  const AccountId& submitter = transaction.transaction.header.submitter;
  if (audit::log_owner(snapshot_, request.patient) != submitter) return false;
  const auto entry = find_entry(snapshot_, *released, block.header.height);
  return entry && acts_for_organisation(entry->role) &&
         std::any_of(entry->decisions.begin(),
                     entry->decisions.end(),
                     [](const audit::RecordDecision& decision) { return decision.permit(); });
}

bool EventSight::is_subject(const PatientId& subject) const {
  return requester_ && requester_->role == ledger::Role::kPatient &&
         viewer_.person->patient == subject;
}

bool EventSight::is_told(Audience audience, const PatientId& subject) const {
  if (is_subject(subject)) return true;
  return audience == Audience::kProxies && reads_log_ && viewer_.person->patient == subject;
}

bool EventSight::may_discover(const PatientId& patient, const RecordId& record) {
  if (!requester_ || viewer_.is_unknown || viewer_.person->patient != patient) return false;
  if (!identity::PatientEntry::load(snapshot_, patient)) return false;
  const auto entry = records::RecordEntry::load(snapshot_, patient, record);
  if (!entry) return false;
  if (!consent_) {
    consent_ = std::make_shared<const audit::PatientConsent>(snapshot_, patient, asked_.purpose);
    parameters_ = std::make_shared<const ledger::Parameters>(execution::load_parameters(snapshot_));
  }
  return consent_->decide(policy::tables_of(*parameters_), *requester_, *entry, asked_).permit;
}

bool EventSight::fill_access(const WatchedBlock& block,
                             const WatchedTransaction& transaction,
                             const ledger::AccessRequest& request,
                             const ledger::OperationResult& result,
                             v1::AccessEvent& event) {
  const AccountId& submitter = transaction.transaction.header.submitter;
  const bool sees_all =
      is_subject(request.patient) || owner_of(snapshot_, request.patient) == viewer_.organisation;
  const bool audits = requester_ && requester_->role == ledger::Role::kAuditor;
  if (sees_all || audits) {
    const auto entry = find_entry(snapshot_, request, submitter, block.header.height);
    if (entry) {
      for (const audit::RecordDecision& decision : entry->decisions) {
        if (sees_all || may_discover(request.patient, decision.record))
          add_decision(decision, *event.add_decisions());
      }
    }
  }
  if (submitter == viewer_.organisation) add_outcome(request, result.detail, event);
  event.set_organisation(wire(request.organisation));
  event.set_person(wire(request.person));
  event.set_purpose(request.purpose);
  event.set_action(std::string(ledger::name(request.action)));
  return event.decisions_size() != 0;
}

}  // namespace galen::rpc

#include "client/decisions.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/access_view.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/log_reading.h"
#include "client/proven_transaction.h"
#include "client/proven_value.h"
#include "client/queries.h"
#include "client/state_query.h"
#include "client/statement.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"
#include "ledger/receipt.h"
#include "modules/policy/reason.h"

#include <algorithm>
#include <set>
#include <utility>

namespace galen::client {

namespace {

/// What a denial for every purpose is tried with.
constexpr const char* kAnyPurposeAsked = "TREAT";

/// A subject of a dry run: every request that could be meant by him.
struct Supposed {
  std::string subject;
  std::vector<Bytes> requests;
};

Result<ledger::AccessRequest> request_of(Session& session,
                                         const SimulateOptions& options,
                                         const ledger::GrantTerms& terms) {
  ledger::AccessRequest request;
  request.patient = terms.patient;
  GALEN_TRY(request.records, parse_ids<RecordId>(options.records, "--record"));
  GALEN_TRY(request.action, parse_code<ledger::Action>(options.action, "--action"));
  GALEN_TRY(request.project, parse_project(options.project));
  request.purpose = options.purpose;
  if (request.purpose.empty()) request.purpose = terms.purposes.empty() ? "*" : terms.purposes[0];
  if (request.purpose == "*") request.purpose = kAnyPurposeAsked;
  const bool of_project = terms.grantee.kind == ledger::GranteeKind::kProject;
  if (of_project && !request.project) request.project = terms.grantee.id;
  request.expiry = TimeMs{session.now().value + 60'000};
  request.request = session.random().next<RequestId>();
  return with_some_record(std::move(request));
}

/// Which organisation a practitioner acts for is not for everybody to read: all are tried.
Result<Supposed> suppose(const Session& session,
                         const std::string& subject,
                         ledger::AccessRequest request) {
  Supposed supposed{subject, {}};
  if (const auto* organisation = session.find_organisation(subject)) {
    request.organisation = organisation->id;
    supposed.requests.push_back(encode_query(request));
    return supposed;
  }
  GALEN_TRY(request.person, parse_subject(subject));
  for (const auto& organisation : session.genesis().organisations) {
    request.organisation = organisation.id;
    supposed.requests.push_back(encode_query(request));
  }
  return supposed;
}

/// The answers to the one request of a subject that stands for a known person.
void add_decisions(const Supposed& supposed,
                   const std::string& purpose,
                   const SimulateAnswer& answer,
                   SimulateView& view) {
  static const std::string kUnknown(policy::name(policy::Reason::kNotAuthenticated));
  const std::size_t before = view.decisions.size();
  for (const bool known : {true, false}) {
    for (const auto& item : answer.items) {
      const bool is_known = item.before.reason != kUnknown;
      if (is_known != known || (!known && item.request != 0)) continue;
      view.decisions.push_back(
          {supposed.subject, purpose, to_view(item.before), to_view(item.after)});
    }
    if (view.decisions.size() != before) return;
  }
}

bool clinicians_ask_for(const Session& session, const std::string& purpose) {
  const auto& rows = session.genesis().parameters.role_purposes;
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.role == ledger::Role::kClinician && row.purpose == purpose;
  });
}

/// A clinician of every member, and the practitioners that the terms name.
std::vector<std::string> everybody(const Session& session,
                                   const std::vector<ledger::GrantTerms>& terms) {
  std::vector<std::string> subjects;
  for (const auto& organisation : session.genesis().organisations) {
    subjects.push_back(organisation.name);
  }
  std::set<std::string> practitioners;
  for (const auto& each : terms) {
    if (each.grantee.kind != ledger::GranteeKind::kPractitioner) continue;
    practitioners.insert(to_hex(each.grantee.id));
  }
  subjects.insert(subjects.end(), practitioners.begin(), practitioners.end());
  return subjects;
}

/// Adds what it would change for a subject who asks so.
Status add_effects(Session& session,
                   const ProposedConsent& proposed,
                   const std::string& subject,
                   const ledger::AccessRequest& request,
                   SimulateView& view) {
  GALEN_TRY(const Supposed supposed, suppose(session, subject, request));
  GALEN_TRY(const auto answer, session.ask([&](NodeApi& node, Deadline until) {
    return node.simulate(proposed.operations, proposed.grantor, supposed.requests, until);
  }));
  view.result = name(static_cast<ledger::ResultCode>(answer.result));
  view.failed = answer.failed;
  add_decisions(supposed, request.purpose, answer, view);
  return {};
}

/// What is to be revoked, as the ledger has it.
Result<ledger::GrantTerms> terms_to_end(Session& session,
                                        const PatientId& patient,
                                        const GrantId& grant) {
  GALEN_TRY(const auto proven, prove_state(session, consent::GrantEntry::key(patient, grant)));
  if (!proven.state.present) {
    return fail(ErrorCode::kNotFound, "the patient has no grant " + to_hex(grant));
  }
  GALEN_TRY(const auto entry, consent::GrantEntry::decode(proven.state.value));
  return entry.terms;
}

struct PastAccess {
  ExplainQuery query;
  TimeMs time;  ///< of its block
  /// What was asked, when the transaction shows it: only then is the entry known to be its own.
  std::optional<ledger::Operation> operation;
};

/// The decoded operation at a place of the proven transaction; nullopt when its body is not shown.
Result<std::optional<ledger::Operation>> shown_operation(const ledger::Transaction& transaction,
                                                         std::uint32_t place) {
  if (place >= transaction.operations.size()) {
    return fail(ErrorCode::kNotFound, "the transaction has no such operation");
  }
  const auto* body = std::get_if<ledger::OperationBody>(&transaction.operations[place]);
  if (body == nullptr) return std::optional<ledger::Operation>();
  GALEN_TRY(auto decoded, ledger::decode_operation(body->operation));
  return std::optional(std::move(decoded));
}

Result<PastAccess> find_access(Session& session, const ExplainOptions& options) {
  PastAccess access;
  access.query.operation = options.operation;
  GALEN_TRY(access.query.transaction, parse_id<TxId>(options.tx_id, "--transaction"));
  GALEN_TRY(const ProvenTransaction proven, prove_transaction(session, access.query.transaction));
  access.time = proven.time;
  GALEN_TRY(access.operation, shown_operation(proven.transaction, options.operation));
  if (!options.patient.empty()) {
    GALEN_TRY(access.query.log, parse_id<PatientId>(options.patient, "--patient"));
    return access;
  }
  const bool is_access =
      access.operation && (std::holds_alternative<ledger::LogAccess>(*access.operation) ||
                           std::holds_alternative<ledger::LogEmergency>(*access.operation));
  if (!is_access) {
    return fail(ErrorCode::kNotFound, "no access that you may see at this place");
  }
  access.query.log = ledger::subject_of(*access.operation);
  return access;
}

Status add_grant(Session& session, const PatientId& patient, ExplainedDecision& decision) {
  if (decision.recorded.grant.empty()) return {};
  GALEN_TRY(const auto id, parse_id<GrantId>(decision.recorded.grant, "grant id"));
  const auto key = consent::GrantEntry::key(patient, id);
  const auto found = prove_state(session, key);
  // Proofs of grants are for the custodian.
  if (!found && found.error().code == ErrorCode::kNotFound) return {};
  if (!found) return tl::unexpected(found.error());
  const auto& proven = *found;
  if (!proven.state.present) {
    GALEN_TRY_STATUS(
        require_erased(session, ledger::Tombstone::key(ledger::subject_path(patient))));
    decision.grant = "erased";
    return {};
  }
  decision.grant = describe_value(key, proven.state.value, session.genesis());
  decision.grant_proof = proven.bytes;
  if (proven.proof.subtree_path && proven.proof.subtree_path->leaf) {
    decision.grant_written_height = proven.proof.subtree_path->leaf->height.value;
  }
  return {};
}

/// What one block put into a log.
struct ReadBlock {
  TxId reading;
  audit::ProvenStatement proven;
  Bytes statement;
};

/// Block times rise, so one millisecond is one block.
Result<ReadBlock> read_block(Session& session,
                             const PatientId& log,
                             TimeMs time,
                             const LogReader& reader) {
  const TimeMs end{time.value + 1};
  GALEN_TRY(const LogReading reading, open_reading(session, log, {time, end}, reader));
  const audit::StatementRange range{audit::RangeUnit::kTime, time.value, end.value};
  GALEN_TRY(StatementFile file, fetch_statement(session, reading, range));
  GALEN_TRY(const auto statement, audit::decode_statement(file.bytes));
  GALEN_TRY(auto proven, audit::verify(statement, session.genesis()));
  return ReadBlock{reading.transaction, std::move(proven), std::move(file.bytes)};
}

CheckView recorded_view(const audit::RecordDecision& recorded) {
  CheckView view;
  if (!recorded.record.is_zero()) view.record = to_hex(recorded.record);
  view.permit = recorded.permit();
  view.reason = policy::name(recorded.reason);
  if (recorded.grant) view.grant = to_hex(*recorded.grant);
  view.obligations = recorded.obligations;
  return view;
}

bool is_same(const CheckView& a, const CheckView& b) {
  return a.record == b.record && a.permit == b.permit && a.reason == b.reason &&
         a.grant == b.grant && a.obligations == b.obligations;
}

/// `operation`: the entry has to be of this one; nullopt: whichever the query names.
Result<ExplainView> explain_one(Session& session,
                                const ExplainQuery& query,
                                const std::optional<ledger::Operation>& operation,
                                const ReadBlock& block) {
  const audit::ProvenStatement& proven = block.proven;
  GALEN_TRY(const auto answer, ask_under_reading(session, [&](NodeApi& node, Deadline until) {
              return node.explain(query, until);
            }));
  GALEN_TRY(const auto entry, audit::AccessEntry::decode(answer.entry));
  const auto is_it = [&](const auto& known) {
    return known.index == answer.index && known.entry == entry;
  };
  const bool is_asked_for = (!query.index || answer.index == *query.index) &&
                            (!operation || audit::is_entry_of(entry, *operation));
  if (!is_asked_for || std::none_of(proven.entries.begin(), proven.entries.end(), is_it)) {
    return fail(ErrorCode::kCorrupt, "the node explains another entry than the log's");
  }
  ExplainView view;
  view.access = access_view(answer.index, entry, session.genesis());
  view.height = answer.height;
  view.proven_height = proven.height.value;
  view.statement = block.statement;
  view.findings = answer.findings;
  GALEN_TRY(view.decisions, explained_decisions(entry, answer));
  for (ExplainedDecision& decision : view.decisions) {
    GALEN_TRY_STATUS(add_grant(session, query.log, decision));
  }
  return view;
}

/// nullopt for the patient.
Result<std::optional<AccountId>> grantor_of(const Session& session, const ConsentOptions& terms) {
  if (terms.paper && !terms.as.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--paper: the custodian gives it; not with --as");
  }
  if (terms.paper) return std::optional(session.organisation().id);
  if (terms.as.empty()) return std::optional<AccountId>();
  GALEN_TRY(const auto proxy, parse_id<AccountId>(terms.as, "--as"));
  return std::optional(proxy);
}

}  // namespace

Result<SimulateView> simulate(Session& session, const SimulateOptions& options) {
  ProposedConsent proposed;
  ledger::GrantTerms terms;
  if (options.revoke.empty()) {
    GALEN_TRY(terms, make_terms(session, options.terms));
    ledger::Operation operation = ledger::GrantAccess{terms};
    if (!options.terms.permit) operation = ledger::DenyAccess{terms};
    proposed.operations.push_back(ledger::encode(operation));
  } else {
    GALEN_TRY(const auto patient, parse_id<PatientId>(options.terms.patient, "--patient"));
    GALEN_TRY(const auto grant, parse_id<GrantId>(options.revoke, "grant id"));
    GALEN_TRY(terms, terms_to_end(session, patient, grant));
    proposed.operations.push_back(
        ledger::encode(ledger::Operation(ledger::RevokeAccess{patient, grant, {}})));
  }
  GALEN_TRY(proposed.grantor, grantor_of(session, options.terms));
  GALEN_TRY(const auto request, request_of(session, options, terms));
  const bool for_everybody = options.subjects.empty();
  if (for_everybody && !clinicians_ask_for(session, request.purpose)) {
    return fail(ErrorCode::kInvalidArgument,
                "--for: say who; a clinician may not ask for " + request.purpose);
  }
  SimulateView view;
  for (const auto& subject : for_everybody ? everybody(session, {terms}) : options.subjects) {
    GALEN_TRY_STATUS(add_effects(session, proposed, subject, request, view));
  }
  if (for_everybody) std::erase_if(view.decisions, [](const auto& d) { return !d.changes(); });
  return view;
}

Result<SimulateView> effects_of(Session& session,
                                const ProposedConsent& proposed,
                                const std::vector<ledger::GrantTerms>& terms) {
  std::set<std::string> purposes;
  for (const auto& each : terms) purposes.insert(each.purposes.begin(), each.purposes.end());
  if (purposes.erase("*") != 0) purposes.insert(kAnyPurposeAsked);
  std::erase_if(purposes, [&](const auto& p) { return !clinicians_ask_for(session, p); });
  SimulateView view;
  for (const std::string& purpose : purposes) {
    SimulateOptions options;
    options.purpose = purpose;
    ledger::GrantTerms any;
    any.patient = terms.front().patient;
    GALEN_TRY(const auto request, request_of(session, options, any));
    for (const auto& subject : everybody(session, terms)) {
      GALEN_TRY_STATUS(add_effects(session, proposed, subject, request, view));
    }
  }
  std::erase_if(view.decisions, [](const auto& d) { return !d.changes(); });
  return view;
}

Result<std::vector<ExplainedDecision>> explained_decisions(const audit::AccessEntry& entry,
                                                           const ExplainAnswer& answer) {
  const auto lie = [] {
    return fail(ErrorCode::kCorrupt, "the node tells other decisions than the log's entry");
  };
  if (answer.items.size() != entry.decisions.size()) return lie();
  std::vector<ExplainedDecision> decisions;
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    const ExplainAnswer::Item& item = answer.items[i];
    ExplainedDecision decision;
    decision.recorded = recorded_view(entry.decisions[i]);
    if (!is_same(decision.recorded, to_view(item.recorded))) return lie();
    if (item.replayed) {
      decision.replayed = to_view(*item.replayed);
      if (decision.replayed->record != decision.recorded.record) return lie();
    }
    decision.changed = item.changed;
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

Result<ExplainView> explain(Session& session, const ExplainOptions& options) {
  GALEN_TRY(PastAccess access, find_access(session, options));
  GALEN_TRY(const auto block, read_block(session, access.query.log, access.time, options.reader));
  access.query.reading = block.reading;
  GALEN_TRY(ExplainView view, explain_one(session, access.query, access.operation, block));
  view.is_bound = access.operation.has_value();
  view.tx_id = options.tx_id;
  view.operation = options.operation;
  return view;
}

Result<std::vector<ExplainView>> explain_block(Session& session,
                                               const ExplainBlockOptions& options) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  // Certified, so that nobody names another block's time and shows its accesses, or none.
  GALEN_TRY(const BlockView wanted, get_block(session, options.height));
  GALEN_TRY(const auto block, read_block(session, patient, TimeMs{wanted.time_ms}, options.reader));
  std::vector<ExplainView> views;
  for (const auto& [index, entry] : block.proven.entries) {
    if (entry.act) continue;
    const ExplainQuery query{patient, block.reading, {}, 0, index};
    GALEN_TRY(views.emplace_back(), explain_one(session, query, std::nullopt, block));
  }
  return views;
}

}  // namespace galen::client

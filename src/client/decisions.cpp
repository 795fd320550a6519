#include "client/decisions.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/access_view.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/log_reading.h"
#include "client/proven_value.h"
#include "client/queries.h"
#include "client/state_query.h"
#include "client/statement.h"
#include "client/text_forms.h"
#include "ledger/receipt.h"
#include "modules/policy/reason.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

/// A subject of a dry run: every request that could be meant by him.
struct Supposed {
  std::string subject;
  std::vector<Bytes> requests;
};

Result<ledger::AccessRequest> request_of(Session& session,
                                         const SimulateOptions& options,
                                         const PatientId& patient) {
  ledger::AccessRequest request;
  request.patient = patient;
  GALEN_TRY(request.records, parse_ids<RecordId>(options.records, "--record"));
  GALEN_TRY(request.action, parse_code<ledger::Action>(options.action, "--action"));
  GALEN_TRY(request.project, parse_project(options.project));
  request.purpose = options.purpose;
  if (request.purpose.empty()) {
    request.purpose = options.terms.purposes.empty() ? "TREAT" : options.terms.purposes.front();
  }
  if (request.purpose == "*") request.purpose = "TREAT";
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
  GALEN_TRY(request.person, parse_id<AccountId>(subject, "--for"));
  for (const auto& organisation : session.genesis().organisations) {
    request.organisation = organisation.id;
    supposed.requests.push_back(encode_query(request));
  }
  return supposed;
}

/// The answers to the one request of a subject that stands for a known person.
void add_decisions(const Supposed& supposed, const SimulateAnswer& answer, SimulateView& view) {
  static const std::string kUnknown(policy::name(policy::Reason::kNotAuthenticated));
  const std::size_t before = view.decisions.size();
  for (const bool known : {true, false}) {
    for (const auto& item : answer.items) {
      const bool is_known = item.before.reason != kUnknown;
      if (is_known != known || (!known && item.request != 0)) continue;
      view.decisions.push_back({supposed.subject, to_view(item.before), to_view(item.after)});
    }
    if (view.decisions.size() != before) return;
  }
}

/// Who is asked for when nobody is named has to be able to ask.
Status check_default(const Session& session, const ledger::AccessRequest& request) {
  const auto& rows = session.genesis().parameters.role_purposes;
  const bool may_ask = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.role == ledger::Role::kClinician && row.purpose == request.purpose;
  });
  if (may_ask) return {};
  return fail(ErrorCode::kInvalidArgument,
              "--for: say who; a clinician may not ask for " + request.purpose);
}

/// A clinician of every member, and the practitioner that the terms name.
std::vector<std::string> everybody(const Session& session, const ledger::GrantTerms& terms) {
  std::vector<std::string> subjects;
  for (const auto& organisation : session.genesis().organisations) {
    subjects.push_back(organisation.name);
  }
  if (terms.grantee.kind == ledger::GranteeKind::kPractitioner) {
    subjects.push_back(to_hex(terms.grantee.id));
  }
  return subjects;
}

struct PastAccess {
  ExplainQuery query;
  TimeMs time;  ///< of its block
};

Result<PastAccess> find_access(Session& session, const ExplainOptions& options) {
  PastAccess access;
  const std::uint32_t operation = options.operation;
  access.query.operation = operation;
  GALEN_TRY(access.query.transaction, parse_id<TxId>(options.tx_id, "--transaction"));
  GALEN_TRY(const auto answer, session.ask([&](NodeApi& node, Deadline until) {
    return node.transaction(access.query.transaction, until);
  }));
  access.time = answer.time;
  if (!options.patient.empty()) {
    GALEN_TRY(access.query.log, parse_id<PatientId>(options.patient, "--patient"));
    return access;
  }
  GALEN_TRY(const auto transaction, ledger::decode_transaction(answer.transaction));
  const auto none = fail(ErrorCode::kNotFound, "no access that you may see at this place");
  if (operation >= transaction.operations.size()) return none;
  const auto* body = std::get_if<ledger::OperationBody>(&transaction.operations[operation]);
  if (body == nullptr) return none;
  GALEN_TRY(const auto decoded, ledger::decode_operation(body->operation));
  const bool is_access = std::holds_alternative<ledger::LogAccess>(decoded) ||
                         std::holds_alternative<ledger::LogEmergency>(decoded);
  if (!is_access) return none;
  access.query.log = ledger::subject_of(decoded);
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
    decision.grant = "erased";
    return {};
  }
  decision.grant = describe_value(key, proven.state.value, session.genesis());
  if (proven.proof.subtree_path && proven.proof.subtree_path->leaf) {
    decision.grant_written_height = proven.proof.subtree_path->leaf->height.value;
  }
  return {};
}

/// What one block put into a log.
struct ReadBlock {
  TxId reading;
  audit::ProvenStatement proven;
};

/// Block times rise, so one millisecond is one block.
Result<ReadBlock> read_block(Session& session,
                             const PatientId& log,
                             TimeMs time,
                             const LogReader& reader) {
  const TimeMs end{time.value + 1};
  GALEN_TRY(const LogReading reading, open_reading(session, log, {time, end}, reader));
  const audit::StatementRange range{audit::RangeUnit::kTime, time.value, end.value};
  GALEN_TRY(auto proven, fetch_entries(session, reading, range));
  return ReadBlock{reading.transaction, std::move(proven)};
}

Result<ExplainView> explain_one(Session& session,
                                const ExplainQuery& query,
                                const audit::ProvenStatement& proven) {
  GALEN_TRY(const auto answer, ask_under_reading(session, [&](NodeApi& node, Deadline until) {
              return node.explain(query, until);
            }));
  GALEN_TRY(const auto entry, audit::AccessEntry::decode(answer.entry));
  const auto is_it = [&](const auto& known) {
    return known.index == answer.index && known.entry == entry;
  };
  const bool is_asked_for = !query.index || answer.index == *query.index;
  if (!is_asked_for || std::none_of(proven.entries.begin(), proven.entries.end(), is_it)) {
    return fail(ErrorCode::kCorrupt, "the node explains another entry than the log's");
  }
  ExplainView view;
  view.access = access_view(answer.index, entry, session.genesis());
  view.height = answer.height;
  view.proven_height = proven.height.value;
  view.findings = answer.findings;
  for (const auto& item : answer.items) {
    ExplainedDecision decision;
    decision.recorded = to_view(item.recorded);
    if (item.replayed) decision.replayed = to_view(*item.replayed);
    decision.changed = item.changed;
    GALEN_TRY_STATUS(add_grant(session, query.log, decision));
    view.decisions.push_back(std::move(decision));
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
  GALEN_TRY(const auto terms, make_terms(session, options.terms));
  ledger::Operation operation = ledger::GrantAccess{terms};
  if (!options.terms.permit) operation = ledger::DenyAccess{terms};
  GALEN_TRY(auto request, request_of(session, options, terms.patient));
  const bool of_project = terms.grantee.kind == ledger::GranteeKind::kProject;
  if (of_project && !request.project) request.project = terms.grantee.id;
  GALEN_TRY(const auto grantor, grantor_of(session, options.terms));
  SimulateView view;
  const bool for_everybody = options.subjects.empty();
  if (for_everybody) GALEN_TRY_STATUS(check_default(session, request));
  const auto subjects = for_everybody ? everybody(session, terms) : options.subjects;
  for (const std::string& subject : subjects) {
    GALEN_TRY(const Supposed supposed, suppose(session, subject, request));
    GALEN_TRY(const auto answer, session.ask([&](NodeApi& node, Deadline until) {
      return node.simulate(ledger::encode(operation), grantor, supposed.requests, until);
    }));
    view.result = name(static_cast<ledger::ResultCode>(answer.result));
    add_decisions(supposed, answer, view);
  }
  if (for_everybody) std::erase_if(view.decisions, [](const auto& d) { return !d.changes(); });
  return view;
}

Result<ExplainView> explain(Session& session, const ExplainOptions& options) {
  GALEN_TRY(PastAccess access, find_access(session, options));
  GALEN_TRY(const auto block, read_block(session, access.query.log, access.time, options.reader));
  access.query.reading = block.reading;
  GALEN_TRY(ExplainView view, explain_one(session, access.query, block.proven));
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
    GALEN_TRY(views.emplace_back(), explain_one(session, query, block.proven));
  }
  return views;
}

}  // namespace galen::client

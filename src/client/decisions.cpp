#include "client/decisions.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/access_view.h"
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
#include <utility>

namespace galen::client {

namespace {

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

}  // namespace

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

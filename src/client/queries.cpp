#include "client/queries.h"

#include "base/hex.h"
#include "client/proven_transaction.h"
#include "client/text_forms.h"
#include "ledger/block.h"
#include "ledger/header_chain.h"
#include "modules/audit/entries.h"

#include <optional>
#include <variant>

namespace galen::client {

namespace {

std::string validator_name(const Session& session, std::uint64_t index) {
  const auto& validators = session.genesis().validators;
  if (index >= validators.size()) return "?";
  return session.organisation_name(validators[static_cast<std::size_t>(index)].organisation);
}

NodeStatus to_view(const Session& session, const NodeAddress& from, const StatusAnswer& answer) {
  NodeStatus view;
  view.organisation = from.organisation;
  view.address = from.address;
  view.reachable = true;
  view.note = answer.voting_note;
  view.version = answer.version;
  view.chain = to_hex(answer.chain);
  view.consortium = answer.consortium;
  view.height = answer.height.value;
  view.block_hash = to_hex(answer.block);
  view.state_root = to_hex(answer.state_root);
  view.time_ms = answer.time.value;
  view.view = answer.view.value;
  view.voting = answer.voting;
  view.fresh = answer.fresh;
  view.primary = validator_name(session, answer.primary);
  view.pool_transactions = answer.pool_transactions;
  view.transactions_total = answer.transactions_total;
  view.uptime_ms = answer.uptime_ms;
  view.evidence = answer.evidence;
  for (const auto& peer : answer.peers) {
    view.peers.push_back({peer.organisation, peer.connected, peer.height.value});
  }
  return view;
}

Result<NodeStatus> status_of(const Session& session, NodeApi& node, Deadline until) {
  GALEN_TRY(const auto answer, node.status(until));
  if (answer.chain != session.chain()) {
    return fail(
        ErrorCode::kWrongChain,
        node.address().organisation + " runs another chain than the profile's genesis file");
  }
  return to_view(session, node.address(), answer);
}

struct LoggedAct {
  PatientId patient;
  std::vector<RecordId> records;
};

/// What an audit log tells of; nullopt of any other operation.
std::optional<LoggedAct> logged_act(const ledger::Operation& operation) {
  const auto of_request = [](const ledger::AccessRequest& request) {
    return LoggedAct{request.patient,
                     request.is_listing() ? std::vector<RecordId>() : request.records};
  };
  if (const auto* access = std::get_if<ledger::LogAccess>(&operation)) {
    return of_request(access->request);
  }
  if (const auto* late = std::get_if<ledger::LogEmergency>(&operation)) {
    return of_request(late->request);
  }
  if (const auto* read = std::get_if<ledger::LogAuditRead>(&operation)) {
    return LoggedAct{read->log, {}};
  }
  if (const auto* act = std::get_if<ledger::LogAdministration>(&operation)) {
    return LoggedAct{act->log, act->records};
  }
  return std::nullopt;
}

void tell(const ledger::Operation& operation, OperationView& view) {
  view.type = name(ledger::type_of(operation));
  const auto act = logged_act(operation);
  if (!act) return;
  view.patient = to_hex(act->patient);
  for (const RecordId& record : act->records) view.records.push_back(to_hex(record));
  view.digest = to_hex(audit::digest_of(operation));
}

std::vector<OperationView> operations_of(const ledger::Transaction& transaction,
                                         const std::vector<ledger::OperationResult>& results) {
  std::vector<OperationView> views;
  for (std::size_t i = 0; i < transaction.operations.size(); ++i) {
    OperationView view;
    if (const auto* body = std::get_if<ledger::OperationBody>(&transaction.operations[i])) {
      const auto operation = ledger::decode_operation(body->operation);
      if (operation) tell(*operation, view);
      if (i < results.size()) view.result = name(results[i].code);
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace

Result<NodeStatus> node_status(Session& session) {
  return session.ask(
      [&](NodeApi& node, Deadline until) { return status_of(session, node, until); });
}

std::vector<NodeStatus> all_statuses(Session& session) {
  std::vector<NodeStatus> statuses;
  for (const auto& node : session.nodes()) {
    const auto soon = std::chrono::system_clock::now() + std::chrono::seconds(3);
    auto status = status_of(session, *node, std::min(soon, session.deadline()));
    if (!status) {
      NodeStatus unreachable;
      unreachable.organisation = node->address().organisation;
      unreachable.address = node->address().address;
      unreachable.note = status.error().message;
      status = unreachable;
    }
    statuses.push_back(*status);
  }
  return statuses;
}

Result<TransactionView> get_transaction(Session& session, const std::string& text) {
  GALEN_TRY(const auto id, parse_id<TxId>(text, "transaction id"));
  GALEN_TRY(const ProvenTransaction proven, prove_transaction(session, id));
  TransactionView view;
  view.tx_id = text;
  view.height = proven.height.value;
  view.index = proven.index;
  view.time_ms = proven.time.value;
  view.submitter = session.organisation_name(proven.transaction.header.submitter);
  view.tx_class = name(proven.transaction.header.tx_class);
  view.ok = proven.receipt.ok;
  view.operations = operations_of(proven.transaction, proven.results);
  return view;
}

Result<BlockView> get_block(Session& session, std::uint64_t height) {
  GALEN_TRY(const auto answer, session.ask([&](NodeApi& node, Deadline until) {
    return node.block(Height{height}, until);
  }));
  GALEN_TRY(const auto header, ledger::decode_block_header(answer.header));
  const BlockHash hash = ledger::block_hash(header);
  GALEN_TRY(const auto certificate, ledger::decode_certificate(answer.certificate));
  const auto set = ledger::validator_set(session.genesis());
  const Status certified = ledger::HeaderChain(session.genesis()).check({header, certificate});
  if (!certified || header.height != Height{height}) {
    return fail(ErrorCode::kCorrupt, "the block is not certified by this consortium");
  }
  if (ledger::receipts_root(answer.receipts) != header.receipts_root) {
    return fail(ErrorCode::kCorrupt, "the transactions are not those of the certified block");
  }
  BlockView view;
  view.height = height;
  view.hash = to_hex(hash);
  view.parent = to_hex(header.parent);
  view.time_ms = header.time.value;
  view.proposer = validator_name(session, header.origin_view.value % set.size());
  view.state_root = to_hex(header.state_root);
  view.transactions_root = to_hex(header.transactions_root);
  view.receipts_root = to_hex(header.receipts_root);
  for (const auto& [index, signature] : certificate.signatures) {
    view.signers.push_back(validator_name(session, index.value));
  }
  for (const auto& receipt : answer.receipts)
    view.transactions.push_back(to_hex(receipt.transaction));
  return view;
}

Result<std::vector<BlockView>> list_blocks(Session& session,
                                           std::optional<std::uint64_t> from,
                                           std::uint64_t count) {
  if (count == 0 || count > kMaxBlockList) {
    return fail(ErrorCode::kInvalidArgument, "count must be 1 to " + std::to_string(kMaxBlockList));
  }
  if (!from) {
    GALEN_TRY(const auto status, node_status(session));
    if (status.height == 0) return std::vector<BlockView>();
    from = status.height < count ? 1 : status.height - count + 1;
  }
  std::vector<BlockView> blocks;
  while (blocks.size() < count) {
    auto block = get_block(session, *from + blocks.size());
    if (!block && block.error().code == ErrorCode::kNotFound && !blocks.empty()) break;
    if (!block) return tl::unexpected(block.error());
    if (!blocks.empty() && block->parent != blocks.back().hash) {
      return fail(ErrorCode::kCorrupt,
                  "block " + std::to_string(block->height) + " does not continue the one before");
    }
    blocks.push_back(*std::move(block));
  }
  return blocks;
}

}  // namespace galen::client

#include "rpc/ledger_queries.h"

#include "base/limits.h"
#include "execution/executor.h"
#include "ledger/erasure_entries.h"
#include "ledger/proof.h"
#include "rpc/erasure_queries.h"
#include "rpc/proofs.h"
#include "rpc/requester_signature.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <string>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

std::string organisation_name(const ledger::Genesis& genesis, const AccountId& id) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.id == id) return organisation.name;
  }
  return {};
}

void add_result(v1::GetTransactionResponse& response, const ledger::OperationResult& result) {
  v1::OperationResult* item = response.add_results();
  item->set_code(static_cast<std::uint32_t>(result.code));
  item->set_detail(wire(result.detail));
}

Status prove_transaction(Backend& backend, std::string_view id, v1::GetProofResponse& response) {
  GALEN_TRY(const TxId tx_id, fixed_field<TxId>(id, "tx_id"));
  const auto place = backend.ledger().find_transaction(tx_id);
  if (!place) return not_found();
  GALEN_TRY(const storage::StoredBlock block, backend.ledger().block(place->height));
  GALEN_TRY(const auto proof, make_transaction_proof(block, place->index, backend.chain()));
  response.set_proof(wire(ledger::encode(proof)));
  response.set_kind(2);
  return {};
}

Status prove_key(const storage::StateSnapshot& snapshot,
                 const ledger::StateKey& key,
                 v1::GetProofResponse& response) {
  GALEN_TRY(const auto proof, make_state_proof(snapshot, key));
  response.set_proof(wire(ledger::encode(proof)));
  response.set_kind(1);
  return {};
}

/// Who asks for a proof: a member, or through one the subject himself.
struct Asking {
  const AccountId& organisation;
  std::optional<PatientId> self;
};

Result<ledger::StateKey> decode_state_key(std::string_view encoded) {
  auto key = ledger::StateKey::decode(as_bytes(encoded));
  if (!key) return fail(ErrorCode::kInvalidArgument, "state_key: " + key.error().message);
  return key;
}

Status prove_state(const storage::StateSnapshot& snapshot,
                   const Asking& by,
                   const ledger::StateKey& key,
                   v1::GetProofResponse& response) {
  const bool present = snapshot.get(key).has_value();
  const bool his = present && by.self && may_prove_himself(*by.self, key);
  if (!his && !may_prove(snapshot, by.organisation, key)) return not_found();
  if (!present && !may_prove_absence(snapshot, key)) return not_found();
  return prove_key(snapshot, key, response);
}

/// The key is the patient's path: the custodian is found by the patient alone. Holds on his audit
/// compartment outlive him.
Status prove_holds(const storage::StateSnapshot& snapshot,
                   const Asking& by,
                   std::string_view id,
                   v1::GetProofResponse& response) {
  GALEN_TRY(const auto patient, fixed_field<PatientId>(id, "holds_of"));
  const bool may = by.self == patient || custodian_of(snapshot, patient) == by.organisation;
  if (!may) return not_found();
  return prove_key(snapshot, ledger::HoldsEntry::key(ledger::subject_path(patient)), response);
}

}  // namespace

Status get_transaction(Backend& backend,
                       const Caller& caller,
                       const v1::GetTransactionRequest& request,
                       v1::GetTransactionResponse& response) {
  GALEN_TRY(const TxId id, fixed_field<TxId>(request.tx_id(), "tx_id"));
  const LedgerReader& reader = backend.ledger();
  const auto place = reader.find_transaction(id);
  if (!place) return not_found();
  GALEN_TRY(const storage::StoredBlock block, reader.block(place->height));
  GALEN_TRY(ledger::Transaction transaction,
            ledger::decode_transaction(block.block.transactions[place->index]));
  // Whose bodies these are may have been erased since.
  if (transaction.header.tx_class == ledger::TransactionClass::kPersonal) {
    GALEN_TRY_STATUS(require_caught_up(backend));
  }
  const auto snapshot = reader.snapshot();
  bool all = true;
  const ledger::Transaction& whole = transaction;
  std::vector<ledger::OperationSlot> shown;
  for (std::size_t i = 0; i < whole.operations.size(); ++i) {
    const ledger::OperationSlot& slot = whole.operations[i];
    const bool visible = may_see(*snapshot, caller.organisation, whole, slot);
    all = all && visible;
    const auto* body = std::get_if<ledger::OperationBody>(&slot);
    if (visible || body == nullptr) {
      shown.push_back(slot);
    } else {
      shown.emplace_back(
          ledger::operation_commitment(backend.chain(), static_cast<std::uint16_t>(i), *body));
    }
  }
  transaction.operations = std::move(shown);
  response.set_height(place->height.value);
  response.set_index(place->index);
  response.set_transaction(wire(ledger::encode(transaction)));
  response.set_receipt(wire(ledger::encode(block.receipts[place->index])));
  response.set_time_ms(block.block.header.time.value);
  GALEN_TRY(const auto proof, make_transaction_proof(block, place->index, backend.chain()));
  response.set_proof(wire(ledger::encode(proof)));
  if (!all) return {};
  GALEN_TRY(const storage::StoredResults results, reader.results(*place));
  for (const auto& result : results) {
    if (result) add_result(response, *result);
  }
  return {};
}

Status get_block(Backend& backend,
                 const Caller& /*caller*/,
                 const v1::GetBlockRequest& request,
                 v1::GetBlockResponse& response) {
  if (request.height() > kMaxCounter) return not_found();
  const auto block = backend.ledger().block(Height{request.height()});
  if (!block && block.error().code == ErrorCode::kNotFound) return not_found();
  if (!block) return tl::unexpected(block.error());
  response.set_header(wire(ledger::encode(block->block.header)));
  response.set_certificate(wire(ledger::encode(block->certificate)));
  response.set_block_hash(wire(block->hash));
  for (const ledger::Receipt& receipt : block->receipts) {
    response.add_tx_ids(wire(receipt.transaction));
    response.add_receipts(wire(ledger::encode(receipt)));
  }
  return {};
}

Status get_status(Backend& backend,
                  const Caller& /*caller*/,
                  const v1::GetStatusRequest& /*request*/,
                  v1::GetStatusResponse& response) {
  const NodeStatus status = backend.status();
  const ledger::Genesis& genesis = backend.genesis();
  const auto snapshot = backend.ledger().snapshot();
  const storage::Head& head = snapshot->head();
  response.set_version(status.version);
  response.set_chain_id(wire(backend.chain()));
  response.set_consortium(genesis.name);
  response.set_organisation(organisation_name(genesis, backend.organisation()));
  response.set_validator_index(backend.self().value);
  response.set_validators(static_cast<std::uint32_t>(genesis.validators.size()));
  response.set_height(head.height().value);
  response.set_block_hash(wire(head.hash));
  response.set_state_root(wire(head.header.state_root));
  response.set_time_ms(head.header.time.value);
  response.set_view(status.view.value);
  response.set_view_active(status.view_active);
  response.set_primary(status.primary.value);
  response.set_voting(status.voting);
  response.set_voting_note(status.voting_note);
  for (const PeerState& peer : status.peers) {
    v1::PeerStatus* item = response.add_peers();
    item->set_index(peer.index.value);
    if (peer.index.value < genesis.validators.size()) {
      item->set_organisation(
          organisation_name(genesis, genesis.validators[peer.index.value].organisation));
    }
    item->set_connected(peer.connected);
    item->set_height(peer.height.value);
  }
  response.set_pool_transactions(status.pool_transactions);
  response.set_pool_bytes(status.pool_bytes);
  response.set_fresh(backend.fresh());
  response.set_transactions_total(status.transactions_total);
  response.set_uptime_ms(status.uptime_ms);
  response.set_evidence(backend.evidence().size());
  return {};
}

Status get_nonce(Backend& backend,
                 const Caller& caller,
                 const v1::GetNonceRequest& request,
                 v1::GetNonceResponse& response) {
  if (request.lane() >= limits::kMaxLanes) {
    return fail(ErrorCode::kInvalidArgument,
                "lane: must be below " + std::to_string(limits::kMaxLanes));
  }
  const auto snapshot = backend.ledger().snapshot();
  const auto window = execution::NonceWindow::load(
      *snapshot, caller.organisation, static_cast<std::uint16_t>(request.lane()));
  response.set_next_sequence(window.highest + 1);
  return {};
}

Status get_proof(Backend& backend,
                 const Caller& caller,
                 const v1::GetProofRequest& request,
                 v1::GetProofResponse& response) {
  if (request.what_case() == v1::GetProofRequest::kTxId) {
    return prove_transaction(backend, request.tx_id(), response);
  }
  const bool of_key = request.what_case() == v1::GetProofRequest::kStateKey;
  const bool of_holds = request.what_case() == v1::GetProofRequest::kHoldsOf;
  if (of_key || of_holds) {
    if (is_signed(request)) GALEN_TRY_STATUS(require_fresh(backend));
    std::optional<ledger::StateKey> key;
    if (of_key) {
      GALEN_TRY(key, decode_state_key(request.state_key()));
    }
    const bool of_patient = !key || key->tree.kind != ledger::TreeKind::kMain ||
                            key->kind == ledger::KeyKind::kSubjectRoot ||
                            key->kind == ledger::KeyKind::kAuditRoot;
    if (of_patient) GALEN_TRY_STATUS(require_caught_up(backend));
    const auto snapshot = backend.ledger().snapshot();
    const std::string& about = of_key ? request.state_key() : request.holds_of();
    GALEN_TRY(const auto self,
              asking_himself(
                  backend, caller, *snapshot, {ledger::OwnQuery::kProofs, about}, {}, request));
    const Asking by{caller.organisation, self};
    return key ? prove_state(*snapshot, by, *key, response)
               : prove_holds(*snapshot, by, about, response);
  }
  return fail(ErrorCode::kInvalidArgument,
              "proof: names neither a state key nor a transaction nor a patient");
}

Status get_directory(Backend& backend,
                     const Caller& /*caller*/,
                     const v1::GetDirectoryRequest& /*request*/,
                     v1::GetDirectoryResponse& response) {
  const auto snapshot = backend.ledger().snapshot();
  const auto& validators = backend.genesis().validators;
  std::map<AccountId, execution::OrganisationEntry> organisations;
  snapshot->scan({}, ledger::KeyKind::kOrganisation, [&](BytesView, BytesView value) {
    auto entry = execution::OrganisationEntry::decode(value);
    if (entry) organisations.emplace(entry->id, *std::move(entry));
    return true;
  });
  for (const auto& [id, organisation] : organisations) {
    v1::DirectoryEntry* item = response.add_organisations();
    item->set_id(wire(id));
    item->set_name(organisation.name);
    item->set_kind(std::string(ledger::name(organisation.kind)));
    item->set_region(organisation.region);
    item->set_active(organisation.active);
    item->set_agreement_key(wire(organisation.agreement_key));
    item->set_validator_index(-1);
    for (std::size_t i = 0; i < validators.size(); ++i) {
      if (validators[i].organisation == id) item->set_validator_index(static_cast<int>(i));
    }
  }
  return {};
}

}  // namespace galen::rpc

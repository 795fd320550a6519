#include "client/proofs.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/holds.h"
#include "client/proof_key.h"
#include "client/proven_value.h"
#include "client/state_query.h"
#include "ledger/proof.h"

namespace galen::client {

namespace {

Error as_corrupt(const Error& error) {
  return Error{ErrorCode::kCorrupt, error.message};
}

ProofReport block_part(const ledger::BlockHeader& header,
                       const ledger::Certificate& certificate,
                       const ledger::Genesis& genesis) {
  ProofReport report;
  report.chain = to_hex(header.chain);
  report.height = header.height.value;
  report.time_ms = header.time.value;
  report.block_hash = to_hex(ledger::block_hash(header));
  report.signatures = certificate.signatures.size();
  report.quorum = ledger::quorum(genesis.validators.size());
  return report;
}

Result<ProofReport> report_state(const ledger::StateProof& proof, const ledger::Genesis& genesis) {
  const auto proven = ledger::verify(proof, genesis);
  if (!proven) return tl::unexpected(as_corrupt(proven.error()));
  ProofReport report = block_part(proof.header, proof.certificate, genesis);
  report.kind = "state";
  report.subject = proof_key_text(proof.key, genesis);
  report.present = proven->present;
  if (proven->present) report.value = describe_value(proof.key, proven->value, genesis);
  if (proven->written) report.written_height = proven->written->value;
  return report;
}

Result<ProofReport> report_transaction(const ledger::TransactionProof& proof,
                                       const ledger::Genesis& genesis) {
  const auto verified = ledger::verify(proof, genesis);
  if (!verified) return tl::unexpected(as_corrupt(verified.error()));
  ProofReport report = block_part(proof.header, proof.certificate, genesis);
  report.kind = "transaction";
  report.subject = "tx:" + to_hex(ledger::transaction_id(proof.transaction));
  report.present = true;
  report.value = std::string(proof.receipt.ok ? "executed" : "rejected") + " in block " +
                 std::to_string(proof.header.height.value) + ", place " +
                 std::to_string(proof.index + 1) + " of " + std::to_string(proof.count);
  return report;
}

/// Whose key it is, for a patient who asks himself.
std::optional<PatientId> subject_of(const ProofKey& key) {
  if (const auto* of = std::get_if<HoldsOf>(&key)) return of->patient;
  const auto* state_key = std::get_if<ledger::StateKey>(&key);
  const bool of_patient = state_key != nullptr && state_key->tree.kind != ledger::TreeKind::kMain &&
                          state_key->kind != ledger::KeyKind::kPractitioner &&
                          state_key->kind != ledger::KeyKind::kMembership;
  return of_patient ? std::optional(state_key->tree.subject) : std::nullopt;
}

Result<OwnRequest> own_request_for(Session& session, const ProofKey& key, const ProofQuery& query) {
  if (query.as.empty() && query.key_file.empty()) return OwnRequest{};
  const auto subject = subject_of(key);
  if (!subject) {
    return fail(ErrorCode::kInvalidArgument, "--as: '" + query.key + "' is about no patient");
  }
  const auto* state_key = std::get_if<ledger::StateKey>(&key);
  const Bytes about = state_key != nullptr ? state_key->encode() : to_bytes(*subject);
  return own_request(
      session, {to_hex(*subject), query.as, query.key_file}, ledger::OwnQuery::kProofs, about);
}

}  // namespace

Result<ProofReport> verify_proof_bytes(BytesView bytes, const ledger::Genesis& genesis) {
  auto state = ledger::decode_state_proof(bytes);
  if (state) return report_state(*state, genesis);
  auto transaction = ledger::decode_transaction_proof(bytes);
  if (transaction) return report_transaction(*transaction, genesis);
  // The tag tells which of the two it was meant to be.
  const bool meant_transaction =
      as_text(bytes).substr(0, 24).find("transaction") != std::string::npos;
  return tl::unexpected(as_corrupt(meant_transaction ? transaction.error() : state.error()));
}

Result<ProofFile> get_proof(Session& session, const ProofQuery& query) {
  GALEN_TRY(const ProofKey key, parse_proof_key(query.key, session.genesis()));
  GALEN_TRY(const OwnRequest own, own_request_for(session, key, query));
  ProofFile file;
  if (const auto* state_key = std::get_if<ledger::StateKey>(&key)) {
    GALEN_TRY(auto proven, prove_state(session, *state_key, own));
    file.bytes = std::move(proven.bytes);
  } else if (const auto* of = std::get_if<HoldsOf>(&key)) {
    GALEN_TRY(auto proven, prove_holds(session, of->patient, own));
    file.bytes = std::move(proven.bytes);
  } else {
    const TxId id = std::get<TxId>(key);
    GALEN_TRY(file.bytes, session.ask([&](NodeApi& node, Deadline until) {
      return node.transaction_proof(id, until);
    }));
  }
  GALEN_TRY(file.report, verify_proof_bytes(file.bytes, session.genesis()));
  if (const auto* id = std::get_if<TxId>(&key); id && file.report.subject != "tx:" + to_hex(*id)) {
    return fail(ErrorCode::kCorrupt, "the proof is of another transaction");
  }
  return file;
}

}  // namespace galen::client

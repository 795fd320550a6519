#include "base/limits.h"
#include "execution/executor.h"

#include <string>

namespace galen::execution {

namespace {

Status check_shape(const BlockContext& block,
                   const ledger::Parameters& parameters,
                   const ledger::DecodedTransaction& transaction) {
  const ledger::TransactionHeader& header = transaction.transaction.header;
  if (header.chain != block.chain) {
    return fail(ErrorCode::kWrongChain, "the transaction is for another chain");
  }
  if (transaction.operations.size() != header.operation_count) {
    return fail(ErrorCode::kInvalidArgument,
                "a body of the transaction is erased: it cannot be executed");
  }
  // A block has its header and a length per transaction besides.
  constexpr std::size_t kBlockOverheadBytes = 512;
  if (transaction.bytes.size() + kBlockOverheadBytes > parameters.max_block_bytes ||
      header.operation_count > parameters.max_block_operations) {
    return fail(ErrorCode::kTooLarge, "the transaction does not fit a block of this chain");
  }
  return {};
}

Status check_window(const BlockContext& block,
                    const ledger::Parameters& parameters,
                    TimeMs valid_until) {
  if (valid_until <= block.time) {
    return fail(ErrorCode::kExpired, "valid_until is not after the block's time");
  }
  if (valid_until.value - block.time.value > parameters.max_validity_ms) {
    return fail(ErrorCode::kInvalidArgument,
                "valid_until is more than " + std::to_string(parameters.max_validity_ms) +
                    " ms after the block's time");
  }
  return {};
}

Status check_nonce(const StateReader& parent, const ledger::TransactionHeader& header) {
  const ledger::Nonce& nonce = header.nonce;
  if (nonce.lane >= limits::kMaxLanes) {
    return fail(ErrorCode::kInvalidArgument,
                "nonce lane " + std::to_string(nonce.lane) + " is not below " +
                    std::to_string(limits::kMaxLanes));
  }
  const NonceWindow window = NonceWindow::load(parent, header.submitter, nonce.lane);
  if (window.is_fresh(nonce.sequence)) return {};
  if (window.highest >= limits::kNonceWindow &&
      nonce.sequence <= window.highest - limits::kNonceWindow) {
    return fail(ErrorCode::kInvalidArgument, "the nonce is below the window of its lane");
  }
  return fail(ErrorCode::kAlreadyExists, "the nonce is used");
}

Result<PublicKey> signing_key(const StateReader& parent, const ledger::TransactionHeader& header) {
  const std::optional<OrganisationEntry> submitter =
      OrganisationEntry::load(parent, header.submitter);
  if (!submitter) {
    return fail(ErrorCode::kPermissionDenied, "the submitter is not an organisation of this chain");
  }
  if (!submitter->active) {
    return fail(ErrorCode::kPermissionDenied, "the submitter is suspended");
  }
  const std::vector<PublicKey>& keys = submitter->signing_keys;
  if (header.key_index >= keys.size() || keys[header.key_index].is_zero()) {
    return fail(ErrorCode::kUnauthenticated,
                "the submitter has no key " + std::to_string(header.key_index));
  }
  return keys[header.key_index];
}

}  // namespace

Status check_transaction(const StateReader& parent,
                         const BlockContext& block,
                         const ledger::Parameters& parameters,
                         const ledger::DecodedTransaction& transaction,
                         SignatureVerifier& signatures) {
  const ledger::TransactionHeader& header = transaction.transaction.header;
  GALEN_TRY_STATUS(check_shape(block, parameters, transaction));
  GALEN_TRY_STATUS(check_window(block, parameters, header.valid_until));
  GALEN_TRY(const PublicKey key, signing_key(parent, header));
  GALEN_TRY_STATUS(check_nonce(parent, header));
  const bool valid =
      signatures.verify(key, ledger::signing_bytes(header), transaction.transaction.signature);
  if (!valid) {
    return fail(ErrorCode::kUnauthenticated, "the submitter's signature does not verify");
  }
  return {};
}

}  // namespace galen::execution

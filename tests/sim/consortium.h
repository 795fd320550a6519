// Who takes part in a simulated run: hospitals with keys, and their genesis. Equal for every seed
// with the same number of validators and period of rotation. Thread rule: immutable, any thread.
#pragma once

#include "crypto/keys.h"
#include "engine/ports.h"
#include "execution/state_tree.h"
#include "ledger/genesis.h"
#include "sim/rng.h"

#include <functional>
#include <memory>
#include <vector>

namespace galen::sim {

struct Hospital {
  crypto::PrivateKey signing;
  crypto::PrivateKey consensus;
  AccountId id;
};

struct Consortium {
  ledger::Genesis genesis;
  ChainId chain;
  ledger::ValidatorSet validators;
  std::vector<Hospital> hospitals;  ///< by ValidatorIndex
  execution::StateCommit state;     ///< at height 0

  [[nodiscard]] std::size_t size() const { return hospitals.size(); }

  [[nodiscard]] std::size_t fault_bound() const { return ledger::fault_bound(size()); }

  [[nodiscard]] std::size_t quorum() const { return ledger::quorum(size()); }
};

/// Block time of genesis; a run starts one second later.
inline constexpr std::uint64_t kGenesisMs = 1'800'000'000'000;

/// The consortium of n validators whose primaries rotate after `rotation_ms` of block time (0:
/// never); made once for each pair.
[[nodiscard]] std::shared_ptr<const Consortium> consortium(std::size_t n,
                                                           std::uint64_t rotation_ms);

[[nodiscard]] crypto::PrivateKey new_key(Rng& rng);

/// Signing keys of a hospital.
using KeysOf = std::function<std::vector<PublicKey>(const AccountId&)>;

/// What node/'s verifier does: decodes, checks the submitter's signature against these keys of his.
/// Errors of ledger::decode_and_check; kPermissionDenied, kUnauthenticated.
[[nodiscard]] Result<engine::VerifiedTransactionPtr> verify_transaction(
    const Consortium& consortium, BytesView bytes, const KeysOf& keys);

}  // namespace galen::sim

// Fixed and random values of the ledger's formats for the tests of this folder. Fixed values never
// change: golden files hold their bytes. Thread rule: one test, one thread.
#pragma once

#include "base/random.h"
#include "crypto/keys.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/operation.h"
#include "ledger/proof.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace galen::ledger::samples {

/// Bytes first, first + 1, ...
template <class T>
[[nodiscard]] T pattern(std::uint8_t first) {
  T result;
  for (std::size_t i = 0; i < T::kSize; ++i) {
    result.value[i] = static_cast<std::uint8_t>(first + i);
  }
  return result;
}

/// Canonical in form, signed by nobody. REQUIRES: 1 <= fill < 0x7f.
[[nodiscard]] Signature fixed_signature(std::uint8_t fill);
/// Compressed in form, perhaps no point.
[[nodiscard]] PublicKey fixed_key(std::uint8_t first);
/// The key with the scalar `number`.
[[nodiscard]] crypto::PrivateKey key(std::uint32_t number);

/// SplitMix64: the same seed gives the same values everywhere.
class Dice final : public RandomSource {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::uint8_t> out) override;
  [[nodiscard]] std::uint64_t roll();

  /// 0 .. bound - 1. REQUIRES: bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return roll() % bound; }

  [[nodiscard]] bool coin() { return below(2) == 1; }

 private:
  std::uint64_t state_;
};

[[nodiscard]] GrantTerms grant_terms();
[[nodiscard]] AppendRecord append_record();
[[nodiscard]] LogAccess log_access();
/// The types that other samples are made of: practitioner, patient, grant, deny, revocation,
/// record, access.
[[nodiscard]] std::vector<Operation> first_operations();
/// One of each type, the first ones first.
[[nodiscard]] std::vector<Operation> operations();
[[nodiscard]] SetRecovery set_recovery();
[[nodiscard]] AuthorizeProxy authorize_proxy();
[[nodiscard]] ReplaceRecord replace_record();
[[nodiscard]] DeclareEmergency declare_emergency();
[[nodiscard]] AnchorJournal anchor_journal();
[[nodiscard]] LogEmergency log_emergency();
[[nodiscard]] RequestErasure request_erasure();
[[nodiscard]] AttestErasure attest_erasure();
[[nodiscard]] PlaceHold place_hold();
[[nodiscard]] Authorisation authorisation();
/// RegisterPatient and GrantAccess with an authorisation.
[[nodiscard]] Transaction transaction();
[[nodiscard]] BlockHeader block_header();
[[nodiscard]] Block block();
[[nodiscard]] Certificate certificate();
[[nodiscard]] Receipt receipt();
[[nodiscard]] OperationResult operation_result();
/// Fixed bytes: its keys and possessions are not valid.
[[nodiscard]] Genesis fixed_genesis();
[[nodiscard]] StateProof state_proof();
[[nodiscard]] TransactionProof transaction_proof();

/// A consortium that validates: `n` hospitals, each with a validator.
[[nodiscard]] Genesis valid_genesis(std::uint32_t n);
/// Consensus key of validator `index` of valid_genesis.
[[nodiscard]] crypto::PrivateKey consensus_key(const Genesis& genesis, std::size_t index);

/// Random values that keep every shape rule.
[[nodiscard]] Operation random_operation(Dice& dice);
[[nodiscard]] Transaction random_transaction(Dice& dice);

}  // namespace galen::ledger::samples

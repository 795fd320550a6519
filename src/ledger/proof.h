// Proofs that anybody checks offline with the genesis document alone (`galen proof verify`).
// Every byte of an encoded proof is load-bearing: a changed byte is refused. FROZEN
// (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/receipt.h"
#include "ledger/state_key.h"
#include "ledger/transaction.h"

#include <optional>
#include <string>

namespace galen::ledger {

/// A value and the salt that opens its commitment.
struct ValueOpening {
  Digest s;
  Bytes value;
  friend bool operator==(const ValueOpening&, const ValueOpening&) = default;
};

/// Presence or absence of one state key under a certified header.
struct StateProof {
  BlockHeader header;
  Certificate certificate;
  StateKey key;
  TreePath main_path;                  ///< to the key, or to the subject's root leaf
  std::optional<Digest> subtree_root;  ///< value of that root leaf, for a key in a present subtree
  std::optional<TreePath> subtree_path;
  std::optional<ValueOpening> opening;  ///< when present
  friend bool operator==(const StateProof&, const StateProof&) = default;
};

/// A transaction, its place in a block, its receipt and, when at hand, one operation's body and
/// result.
struct TransactionProof {
  BlockHeader header;
  Certificate certificate;
  TransactionHeader transaction;
  Signature signature;
  /// Place in the block. Only the two together fit the paths: a Merkle root does not tell its size,
  /// so nothing follows from either alone.
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::vector<Digest> transaction_path;
  Receipt receipt;
  std::vector<Digest> receipt_path;
  friend bool operator==(const TransactionProof&, const TransactionProof&) = default;
};

[[nodiscard]] Bytes encode(const StateProof& proof);
[[nodiscard]] Result<StateProof> decode_state_proof(BytesView bytes);
[[nodiscard]] Bytes encode(const TransactionProof& proof);
[[nodiscard]] Result<TransactionProof> decode_transaction_proof(BytesView bytes);

/// What a verified state proof says.
struct ProvenState {
  Height height;
  TimeMs time;
  bool present = false;
  Bytes value;                    ///< when present
  std::optional<Height> written;  ///< block that wrote the value
};

/// Checks chain, validators (epoch 0: those of the genesis), certificate and paths; parts that
/// nothing needs are refused. kWrongChain, kUnauthenticated with the step that failed. REQUIRES:
/// validate(genesis) succeeded.
[[nodiscard]] Result<ProvenState> verify(const StateProof& proof, const Genesis& genesis);
[[nodiscard]] Status verify(const TransactionProof& proof, const Genesis& genesis);

}  // namespace galen::ledger

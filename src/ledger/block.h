// Blocks and certificates (CONSENSUS.md 1, 2, ARCHITECTURE.md 4). FROZEN (docs/formats.md).
// The block hash covers the header only, and excludes the view in which a block is re-proposed.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <map>
#include <string_view>
#include <vector>

namespace galen::ledger {

inline constexpr std::uint16_t kBlockVersion = 1;

struct BlockHeader {
  std::uint16_t version = kBlockVersion;
  ChainId chain;
  Height height;
  BlockHash parent;
  Epoch epoch;
  Digest validators;       ///< hash of the epoch's validator set
  Digest next_validators;  ///< hash of the set that decides height + 1
  View origin_view;        ///< proposer = origin_view mod n
  TimeMs time;
  Digest transactions_root;
  Digest receipts_root;
  Digest state_root;
  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

struct Block {
  BlockHeader header;
  std::vector<Bytes> transactions;  ///< canonical transaction bytes
  friend bool operator==(const Block&, const Block&) = default;
};

enum class VoteType : std::uint8_t { kPrepare = 1, kCommit = 2 };

/// "PREPARE", "COMMIT"
[[nodiscard]] std::string_view name(VoteType type);

/// What a vote signs: tag "vote" || u16 version || chain || u64 epoch || u8 type || u64 view ||
/// u64 height || block hash.
struct VoteSubject {
  Epoch epoch;
  VoteType type = VoteType::kPrepare;
  View view;
  Height height;
  BlockHash block;
  friend auto operator<=>(const VoteSubject&, const VoteSubject&) = default;
};

[[nodiscard]] Bytes vote_statement(const ChainId& chain, const VoteSubject& subject);

/// Q or more votes of distinct members over one subject; signatures in ascending member order.
struct Certificate {
  VoteSubject subject;
  std::map<ValidatorIndex, Signature> signatures;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

[[nodiscard]] Bytes encode(const BlockHeader& header);
[[nodiscard]] Result<BlockHeader> decode_block_header(BytesView bytes);
[[nodiscard]] Bytes encode(const Block& block);
/// Shape and limits; the transactions stay bytes. kMalformed, kTooLarge.
[[nodiscard]] Result<Block> decode_block(BytesView bytes);
[[nodiscard]] Bytes encode(const Certificate& certificate);
[[nodiscard]] Result<Certificate> decode_certificate(BytesView bytes);

/// H("block" || header).
[[nodiscard]] BlockHash block_hash(const BlockHeader& header);
inline constexpr std::string_view kTransactionsTag = "transactions";
inline constexpr std::string_view kReceiptsTag = "receipts";
/// H(tag || u32 count || RFC 6962 root): binds the count, which a Merkle path alone does not.
[[nodiscard]] Digest counted_root(std::string_view tag,
                                  std::size_t count,
                                  const Digest& merkle_root);
/// counted_root over merkle_leaf(transaction_leaf).
[[nodiscard]] Digest transactions_root(const std::vector<Digest>& transaction_leaves);
[[nodiscard]] Digest receipts_root(const std::vector<Receipt>& receipts);

/// One member of an epoch's validator set.
struct Validator {
  AccountId organisation;
  PublicKey consensus_key;
  PublicKey tls_key;
  friend bool operator==(const Validator&, const Validator&) = default;
};

struct ValidatorSet {
  std::vector<Validator> members;  ///< by ValidatorIndex
  friend bool operator==(const ValidatorSet&, const ValidatorSet&) = default;

  [[nodiscard]] std::size_t size() const { return members.size(); }
};

[[nodiscard]] Bytes encode(const ValidatorSet& set);
[[nodiscard]] Result<ValidatorSet> decode_validator_set(BytesView bytes);
/// H("validators" || encode(set)).
[[nodiscard]] Digest validators_hash(const ValidatorSet& set);

/// Largest number of Byzantine members tolerated: floor((n-1)/3). REQUIRES, both: n >= 1.
[[nodiscard]] std::size_t fault_bound(std::size_t n);
/// Q = ceil((n+f+1)/2): the only place in the code that says so (SAF-1).
[[nodiscard]] std::size_t quorum(std::size_t n);

/// All signatures valid, all members of the set, at least Q. kUnauthenticated with the member at
/// fault.
[[nodiscard]] Status verify_certificate(const Certificate& certificate,
                                        const ChainId& chain,
                                        const ValidatorSet& set);

}  // namespace galen::ledger

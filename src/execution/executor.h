// Deterministic, total execution of a block on a parent state (DET-1, SAF-7). A failing transaction
// consumes its nonce and leaves nothing else. Signature checks go through a SignatureVerifier,
// whose memo may be warm or cold without changing any result. Thread rule: one execution, one
// thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "execution/state_tree.h"
#include "execution/state_view.h"
#include "ledger/block.h"
#include "ledger/genesis.h"
#include "ledger/receipt.h"
#include "ledger/transaction.h"

#include <vector>

namespace galen::execution {

/// Answers as crypto::verify does, possibly from memory (CONSENSUS.md, Transactions).
class SignatureVerifier {
 public:
  virtual ~SignatureVerifier() = default;
  [[nodiscard]] virtual bool verify(const PublicKey& key,
                                    BytesView message,
                                    const Signature& signature) = 0;
};

/// What execution costs where it grows with what a member has put into the state: units of about a
/// microsecond on a node that remembers nothing. Counted by what the state holds and never by what
/// a node remembers, so that all count alike (DET-1, DOS-8).
class Work {
 public:
  void add(std::uint64_t units) { used_ += units; }

  [[nodiscard]] std::uint64_t used() const { return used_; }

 private:
  std::uint64_t used_ = 0;
};

/// What every operation of a block sees of its surroundings.
struct BlockContext {
  ChainId chain;
  Height height;
  TimeMs time;
};

struct OperationContext {
  const BlockContext& block;
  const ledger::Parameters& parameters;
  AccountId submitter;
  std::uint16_t index = 0;  ///< in its transaction
  const ledger::OperationBody& body;
  const ledger::DecodedOperation& operation;
  SignatureVerifier& signatures;
  TxId transaction{};
  Work* work = nullptr;  ///< nullptr: nobody counts

  void charge(std::uint64_t units) const {
    if (work != nullptr) work->add(units);
  }
};

/// Executes one operation: on kOk its writes stand, else the executor rolls them back. Never fails
/// otherwise. Implemented by engine/application.h over modules/.
class Application {
 public:
  virtual ~Application() = default;
  [[nodiscard]] virtual ledger::OperationResult execute(const OperationContext& context,
                                                        StateOverlay& state) const = 0;

  /// Drops what is remembered of persons: a later state was taken over, whose erasure orders were
  /// not executed here (PRIVACY.md 16).
  virtual void forget() const {}
};

struct BlockOutcome {
  std::vector<ledger::Receipt> receipts;                      ///< per transaction that was executed
  std::vector<std::vector<ledger::OperationResult>> results;  ///< per transaction and operation
  std::vector<std::uint64_t> work;                            ///< per transaction, in units of Work
  Digest transactions_root;
  Digest receipts_root;
  StateCommit state;
};

/// Executes transactions in order, and stops before the one that comes when kMaxWorkPerBlock is
/// used up: the outcome is of those before it. A transaction that takes more than
/// kMaxWorkPerTransaction fails with kTooMuchWork, unless it is of log entries. REQUIRES: every
/// transaction's bodies are present.
[[nodiscard]] BlockOutcome execute_block(
    const StateReader& state,
    const PageReader& pages,
    const BlockContext& block,
    const std::vector<ledger::DecodedTransactionPtr>& transactions,
    const Application& application,
    SignatureVerifier& signatures);

/// State at height 0: parameters, validators, organisations. REQUIRES: a valid genesis.
[[nodiscard]] StateCommit genesis_state(const ledger::Genesis& genesis);

/// Whether a transaction may stand in a block on this parent state: class and chain, submitter
/// known and active, key present, expiry window, nonce unused, signature (CONSENSUS.md: judged at
/// the parent state). The same check admits to the pool. kWrongChain, kTooLarge (above a block's
/// limits), kExpired, kUnauthenticated, kAlreadyExists (nonce used), kInvalidArgument (lane or
/// window), kPermissionDenied.
[[nodiscard]] Status check_transaction(const StateReader& parent,
                                       const BlockContext& block,
                                       const ledger::Parameters& parameters,
                                       const ledger::DecodedTransaction& transaction,
                                       SignatureVerifier& signatures);

/// Replay window of one (submitter, lane), RFC 4303 style: the highest used sequence number and
/// which of the 4,096 numbers up to it are used. A value of state, FROZEN (docs/formats.md).
struct NonceWindow {
  std::uint64_t highest = 0;
  Bytes bits;  ///< 512 bytes (empty before the first use), bit (sequence mod 4096)

  [[nodiscard]] bool is_fresh(std::uint64_t sequence) const;
  /// REQUIRES: is_fresh(sequence).
  void use(std::uint64_t sequence);
  /// REQUIRES: used.
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<NonceWindow> decode(BytesView bytes);
  [[nodiscard]] static NonceWindow load(const StateReader& state,
                                        const AccountId& submitter,
                                        std::uint16_t lane);
  /// REQUIRES: used.
  void store(StateOverlay& state, const AccountId& submitter, std::uint16_t lane) const;
};

/// Parameters from state. REQUIRES: genesis_state was applied.
[[nodiscard]] ledger::Parameters load_parameters(const StateReader& state);

/// An organisation in state (main tree, kOrganisation). FROZEN (docs/formats.md).
struct OrganisationEntry {
  AccountId id;
  std::string name;
  ledger::OrganisationKind kind = ledger::OrganisationKind::kProvider;
  std::string region;
  bool active = true;
  std::vector<PublicKey> signing_keys;  ///< by key_index; zero = retired
  PublicKey agreement_key;
  PublicKey tls_key;

  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<OrganisationEntry> decode(BytesView bytes);
  [[nodiscard]] static std::optional<OrganisationEntry> load(const StateReader& state,
                                                             const AccountId& id);
};

}  // namespace galen::execution

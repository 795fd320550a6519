// What peers send: decoded and verified on worker threads, cheap checks first (DOS-4), then handed
// to the engine on its strand. Also serves blocks to peers that catch up, off the strand. Thread
// rule: receive and serve from any thread.
#pragma once

#include "base/ids.h"
#include "engine/engine.h"
#include "engine/wire.h"
#include "net/peer_transport.h"
#include "node/serve_allowance.h"
#include "node/state/state_mail.h"
#include "node/state/state_server.h"
#include "node/strand.h"
#include "node/toll.h"
#include "pbft/memo.h"
#include "pbft/verified.h"
#include "storage/database.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace galen::node {

/// A bounded memo that several worker threads share.
class LockedMemo final : public pbft::VerifiedMemo {
 public:
  explicit LockedMemo(std::size_t capacity) : memo_(capacity) {}

  [[nodiscard]] bool contains(const Digest& key) override {
    const std::lock_guard lock(mutex_);
    return memo_.contains(key);
  }

  void insert(const Digest& key) override {
    const std::lock_guard lock(mutex_);
    memo_.insert(key);
  }

 private:
  std::mutex mutex_;
  pbft::BoundedMemo memo_;
};

/// Inspects a block whose certificate was checked: it must be the one the certificate names.
using CertifiedInspector =
    std::function<Result<pbft::BlockInfo>(const pbft::SharedBytes& block, const BlockHash& hash)>;

class PeerInbox {
 public:
  struct Parts {
    const pbft::Verifier& verifier;
    engine::Transactions& transactions;
    const CertifiedInspector& certified_inspector;
    TaskThreads& workers;
    Strand& strand;
    engine::Engine& engine;
    const storage::Database& database;
    engine::Transport& transport;
    StateServer& states;
    TaskThreads& serving;  ///< for states: what a peer asks for takes its time
    StateMail& mail;
    std::function<bool(const ledger::DecodedTransaction&)> admits;  ///< DaemonHooks'; empty: all
  };

  /// From here it watches the engine's horizon, which ends with the engine: on the strand, or
  /// before that runs.
  explicit PeerInbox(const Parts& parts);

  /// `done` frees the sender's window: called when the engine has the message or it was refused.
  void receive(ValidatorIndex from,
               engine::Channel channel,
               Bytes message,
               std::function<void()> done);
  /// Sends a committed block with its certificate; nothing when it is not here, or when the peer
  /// has used up what it may get: it asks again.
  void answer_block(ValidatorIndex to, Height height);
  /// Lets go of what has been paid for by now (node/toll.h). Every tick.
  void advance(std::uint64_t now_ms);

 private:
  using Done = std::shared_ptr<void>;  ///< calls the sender's `done` with its last owner

  void consensus(ValidatorIndex from, const Bytes& bytes, const Done& done);
  void bulk(ValidatorIndex from, const Bytes& bytes, const Done& done);
  void transactions(ValidatorIndex from, engine::TransactionBatch batch, const Done& done);
  void blocks(ValidatorIndex from, engine::RangeReply reply, const Done& done);
  void verify_blocks(ValidatorIndex from, engine::RangeReply& reply, const Done& done);
  void serve(ValidatorIndex to, const engine::RangeRequest& request);
  void state(ValidatorIndex from, const Bytes& bytes, const Done& done);
  void verify(ValidatorIndex from, pbft::Message message, const Done& done);
  void verify_erased(ValidatorIndex from,
                     pbft::CommitProof proof,
                     const Done& done,
                     const Error& error);
  void verify_body(ValidatorIndex from, pbft::BlockBody body, const Done& done);
  [[nodiscard]] pbft::Horizon horizon();
  [[nodiscard]] std::optional<ServeAllowance::Payment> pay(ValidatorIndex peer,
                                                           Height first,
                                                           Height last);
  void settle(ValidatorIndex peer, ServeAllowance::Payment payment, Height last, std::size_t bytes);
  /// Keeps the sender's window taken until it is paid for.
  void charge(ValidatorIndex from, std::uint64_t cost, const Done& done);
  void refuse(ValidatorIndex from,
              const Error& error,
              const Done& done,
              std::uint64_t cost = kRefusedToll);

  Parts parts_;
  std::mutex mutex_;
  std::map<ValidatorIndex, ServeAllowance> allowances_;

  /// What a peer sent that was refused, for the log: a line a second at most, however much it is.
  struct Refused {
    std::uint64_t logged_ms = 0;
    std::uint64_t unsaid = 0;
  };

  std::map<ValidatorIndex, Refused> refused_;
  TollGate gate_;
  pbft::Horizon horizon_;
  std::atomic<std::uint64_t> hidden_{0};  ///< messages beyond it that the engine was not told of
};

}  // namespace galen::node

// Answers peers that take the state over (docs/adr/0011): blocks with their results, the head to
// aim at, and parts of the state tree of one head. One snapshot serves everybody, for a bounded
// time, which is short while an erasure is under way, for it holds that back. What one peer may
// cost is bounded. Thread rule: any thread.
#pragma once

#include "base/ids.h"
#include "engine/state_wire.h"
#include "pbft/token_bucket.h"
#include "storage/database.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace galen::node {

/// A snapshot is kept so long at most, and so long while an erasure waits for readers to go.
inline constexpr std::uint64_t kStateLeaseMs = 60'000;
inline constexpr std::uint64_t kErasureLeaseMs = 5'000;
/// Who asks which head there is gets a newer one at the earliest behind the last.
inline constexpr std::uint64_t kNewLeaseMs = 10'000;

class StateServer {
 public:
  /// The database outlives this.
  explicit StateServer(const storage::Database& database) : database_(database) {}

  /// The answer, when there is one: nothing at genesis, for what is no question, or when the peer
  /// has used up what it may ask for. `now_ms` never falls.
  [[nodiscard]] std::optional<engine::StateMessage> answer(ValidatorIndex from,
                                                           const engine::StateMessage& question,
                                                           std::uint64_t now_ms);
  /// Lets go of a snapshot whose time is over or that an erasure waits for. Every tick.
  void expire(std::uint64_t now_ms);

 private:
  using Snapshot = std::shared_ptr<const storage::StateSnapshot>;

  /// The state that is served.
  struct Lease {
    Snapshot snapshot;
    std::uint64_t since_ms = 0;
    std::mutex mutex;  ///< guards what follows
    /// By the key hash of their root: who has an audit tree. Made when first asked for.
    std::vector<std::pair<Digest, PatientId>> audits;
    bool audits_known = false;
    /// Keys by their hashes: of the main tree, and of the subject's tree asked for last.
    std::optional<std::map<Digest, ledger::StateKey>> main_keys;
    std::optional<ledger::TreeId> tree;
    std::map<Digest, ledger::StateKey> tree_keys;
  };

  using LeasePtr = std::shared_ptr<Lease>;

  [[nodiscard]] std::optional<engine::StateMessage> blocks(const engine::GapRequest& request) const;
  [[nodiscard]] ledger::Certificate newest_certificate() const;
  [[nodiscard]] std::optional<engine::StateMessage> head(const engine::HeadRequest& request,
                                                         std::uint64_t now_ms);
  [[nodiscard]] engine::StateMessage parts(const engine::StateRequest& request,
                                           std::uint64_t now_ms);
  /// The one that is served, another only when its time is over: nobody takes it away from who
  /// walks it. nullptr when that is of another height.
  [[nodiscard]] LeasePtr lease(std::uint64_t now_ms, std::optional<Height> height);
  /// REQUIRES: mutex_ is held.
  void drop_old_locked(std::uint64_t now_ms);
  [[nodiscard]] static std::optional<engine::StatePart> part(Lease& lease,
                                                             const engine::StatePlace& place);
  [[nodiscard]] static std::optional<engine::StateValue> value(Lease& lease,
                                                               const ledger::TreeId& tree,
                                                               const Digest& key_hash);
  [[nodiscard]] static std::optional<ledger::StateKey> key_of(Lease& lease,
                                                              const ledger::TreeId& tree,
                                                              const Digest& key_hash);
  [[nodiscard]] static std::map<Digest, ledger::StateKey> keys_in(const Lease& lease,
                                                                  const ledger::TreeId& tree);
  [[nodiscard]] static const std::map<Digest, ledger::StateKey>& keys_of(
      Lease& lease, const ledger::TreeId& tree);
  static void learn_audits(Lease& lease);

  const storage::Database& database_;
  std::mutex mutex_;  ///< guards what follows
  LeasePtr lease_;
  std::uint64_t tick_ = 0;
  std::map<ValidatorIndex, pbft::TokenBucket> allowances_;
};

}  // namespace galen::node

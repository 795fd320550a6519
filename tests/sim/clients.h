// The clients of the hospitals: they sign transactions, send them to nodes, repeat the same bytes
// until they are committed, and sometimes misbehave. Thread rule: one thread.
#pragma once

#include "sim/consortium.h"
#include "sim/invariants.h"
#include "sim/mix.h"
#include "sim/trace.h"
#include "sim/workload.h"

#include <functional>
#include <vector>

namespace galen::sim {

class Clients {
 public:
  /// Hands a transaction to a process (number), which may be down.
  using Submit = std::function<void(std::size_t process, const Bytes& transaction)>;

  Clients(const Consortium& consortium, const Mix& mix, Invariants& invariants, Rng rng);

  /// Signs something new for the hospital and sends it, well-behaved or not, as the mix says.
  void act(std::size_t hospital,
           Micros now,
           const std::vector<std::size_t>& reachable,
           const Submit& submit);
  /// A plain transaction that is wanted until it is committed. Returns its number.
  std::size_t want(std::size_t hospital, Micros now, std::optional<std::uint64_t> sequence = {});
  /// The same of a step to the erasure of the newest patient: asks for it, called again orders it.
  std::size_t want_erasure(std::size_t hospital, Micros now);
  /// The same of one step for the newest patient; a grant ends after `length`.
  std::size_t want_step(Step step, std::size_t hospital, std::size_t to, Micros now, Micros length);
  /// Sends what is wanted and was not sent for a while.
  void repeat(Micros now, const std::vector<std::size_t>& reachable, const Submit& submit);

  [[nodiscard]] const Bytes& bytes(std::size_t number) const { return wanted_[number].bytes; }

  [[nodiscard]] const TxId& id(std::size_t number) const { return wanted_[number].id; }

  /// Wanted, still valid and not committed.
  [[nodiscard]] std::size_t pending(Micros now) const;

  /// Workload::keys_ever.
  [[nodiscard]] std::vector<PublicKey> keys_ever(const AccountId& hospital) const {
    return workload_.keys_ever(hospital);
  }

  /// Time until the hospital acts again.
  [[nodiscard]] Micros next_action();

 private:
  struct Wanted {
    Bytes bytes;
    TxId id;
    TimeMs valid_until;
    AccountId submitter;
    std::uint16_t key_index = 0;
    PublicKey key;  ///< that signed
    Micros next_send = 0;
    bool done = false;
  };

  /// Whatever the workload has next.
  [[nodiscard]] Bytes sign(std::size_t hospital,
                           Micros now,
                           std::uint64_t valid_ms,
                           ledger::Nonce nonce);
  /// The key with which this is signed stands now: nullopt: it does not, and may never.
  [[nodiscard]] std::optional<PublicKey> standing_key(const ledger::Transaction& transaction) const;
  /// Its key was replaced before it was committed: it never will be.
  [[nodiscard]] bool is_lost(const Wanted& wanted) const;
  [[nodiscard]] ledger::Nonce next_nonce(std::size_t hospital);
  /// REQUIRES: its key stands.
  std::size_t keep(Bytes bytes, Micros now, std::uint64_t valid_ms);
  void send(std::size_t hospital,
            const Bytes& bytes,
            const std::vector<std::size_t>& reachable,
            const Submit& submit);

  const Consortium& consortium_;
  const Mix& mix_;
  Invariants& invariants_;
  Rng rng_;
  Workload workload_;
  std::vector<std::uint64_t> sequences_;
  std::vector<Wanted> wanted_;
  std::size_t first_open_ = 0;  ///< everything before is done
};

}  // namespace galen::sim

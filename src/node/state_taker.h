// The thread on which a node takes a state from its peers, and the question it waits for. Tries
// again until it has one; ends the process when its own storage fails. Thread rule: start from the
// strand; deliver through mail() from any thread; stop before the destructor.
#pragma once

#include "node/node_store.h"
#include "node/state/state_mail.h"
#include "node/state/state_sync.h"
#include "node/strand.h"
#include "pbft/verified.h"

#include <atomic>
#include <cstdint>
#include <functional>

namespace galen::node {

class StateTaker {
 public:
  struct Parts {
    storage::Database& database;
    const pbft::Verifier& verifier;
    engine::Transport& transport;
    ValidatorIndex self;
    std::size_t validators = 0;
    TaskThreads& thread;  ///< one, its own
    Fatal fatal;
  };

  explicit StateTaker(const Parts& parts);

  void start(Height target, std::function<void(StateSync::Outcome)> done);

  [[nodiscard]] StateMail& mail() { return mail_; }

  /// The height it goes for; zero when it takes none.
  [[nodiscard]] Height aim() const { return Height{aim_.load()}; }

 private:
  void run(Height target, const std::function<void(StateSync::Outcome)>& done);
  [[nodiscard]] StateSync::Parts sync_parts();

  Parts parts_;
  StateMail mail_;
  std::atomic<std::uint64_t> aim_ = 0;
};

}  // namespace galen::node

// One question at a time to one peer, and its answer: the calling thread waits. What nobody asked
// for is dropped before it is decoded. Thread rule: ask from one thread; everything else from any.
#pragma once

#include "base/ids.h"
#include "engine/ports.h"
#include "engine/state_wire.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace galen::node {

class StateMail {
 public:
  using Send = std::function<void(ValidatorIndex to, engine::SharedBytes message)>;

  explicit StateMail(Send send) : send_(std::move(send)) {}

  /// Gives the question its number, sends it and waits. nullopt: no answer in time, or stopped.
  [[nodiscard]] std::optional<engine::StateMessage> ask(ValidatorIndex to,
                                                        engine::StateMessage question,
                                                        std::uint64_t timeout_ms);
  /// Whether this answer is waited for: look before decoding it.
  [[nodiscard]] bool expects(ValidatorIndex from, std::uint64_t number) const;
  void deliver(ValidatorIndex from, engine::StateMessage answer);

  /// Waits, unless stopped.
  void pause(std::uint64_t milliseconds);
  /// Ends every wait, now and later.
  void stop();
  [[nodiscard]] bool stopping() const;

 private:
  [[nodiscard]] bool is_expected(ValidatorIndex from, std::uint64_t number) const {
    return waiting_for_ == from && number_ == number && !answer_;
  }

  Send send_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  std::uint64_t number_ = 0;  ///< of the last question
  std::optional<ValidatorIndex> waiting_for_;
  std::optional<engine::StateMessage> answer_;
  bool stopping_ = false;
};

}  // namespace galen::node

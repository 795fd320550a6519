#include "node/state/state_mail.h"

#include <chrono>
#include <memory>
#include <utility>

namespace galen::node {

std::optional<engine::StateMessage> StateMail::ask(ValidatorIndex to,
                                                   engine::StateMessage question,
                                                   std::uint64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  ++number_;
  std::visit([this](auto& m) { m.number = number_; }, question);
  waiting_for_ = to;
  answer_.reset();
  lock.unlock();
  send_(to, std::make_shared<const Bytes>(engine::encode(question)));
  lock.lock();
  wake_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] {
    return stopping_ || answer_.has_value();
  });
  waiting_for_.reset();
  return std::exchange(answer_, std::nullopt);
}

bool StateMail::expects(ValidatorIndex from, std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  return is_expected(from, number);
}

void StateMail::deliver(ValidatorIndex from, engine::StateMessage answer) {
  const std::lock_guard lock(mutex_);
  if (!is_expected(from, engine::number_of(answer))) return;
  answer_ = std::move(answer);
  wake_.notify_all();
}

void StateMail::pause(std::uint64_t milliseconds) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping_; });
}

void StateMail::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
}

bool StateMail::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace galen::node

#include "rpc/desk.h"

#include <utility>

namespace galen::rpc {

OpenStreams::Ticket OpenStreams::add(std::function<void()> end) {
  {
    const std::lock_guard lock(mutex_);
    const Ticket ticket = next_++;
    if (!ended_) {
      ends_.emplace(ticket, std::move(end));
      return ticket;
    }
  }
  end();
  return 0;
}

void OpenStreams::remove(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  ends_.erase(ticket);
}

void OpenStreams::end_all() {
  std::map<Ticket, std::function<void()>> ends;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    ends.swap(ends_);
  }
  for (const auto& [ticket, end] : ends) end();
}

}  // namespace galen::rpc

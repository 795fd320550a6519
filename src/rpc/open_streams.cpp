#include "rpc/desk.h"

#include <utility>
#include <vector>

namespace galen::rpc {

OpenStreams::Ticket OpenStreams::add(std::function<void()> end) {
  return add(Call{std::nullopt, [end = std::move(end)](const std::optional<Error>&) { end(); }});
}

OpenStreams::Ticket OpenStreams::add(const net::PeerIdentity& caller, End end) {
  return add(Call{caller, std::move(end)});
}

OpenStreams::Ticket OpenStreams::add(Call call) {
  {
    const std::lock_guard lock(mutex_);
    const Ticket ticket = next_++;
    if (!ended_) {
      calls_.emplace(ticket, std::move(call));
      return ticket;
    }
  }
  call.end(std::nullopt);
  return 0;
}

void OpenStreams::remove(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  calls_.erase(ticket);
}

void OpenStreams::end_all() {
  std::map<Ticket, Call> calls;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    calls.swap(calls_);
  }
  for (const auto& [ticket, call] : calls) call.end(std::nullopt);
}

void OpenStreams::end_refused(const Judge& judge) {
  std::vector<std::pair<End, Error>> refused;
  {
    const std::lock_guard lock(mutex_);
    for (auto call = calls_.begin(); call != calls_.end();) {
      const auto error = call->second.caller ? judge(*call->second.caller) : std::nullopt;
      if (!error) {
        ++call;
        continue;
      }
      refused.emplace_back(std::move(call->second.end), *error);
      call = calls_.erase(call);
    }
  }
  for (const auto& [end, error] : refused) end(error);
}

}  // namespace galen::rpc
